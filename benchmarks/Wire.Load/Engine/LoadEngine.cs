using System.Net;
using System.Net.Sockets;
using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>One thread that drives some of the connections: connect, handshake, load, drain, close.</summary>
/// <remarks>
/// A round is: wait until sockets are ready; for each, read what is there into the one buffer of this thread, take the
/// answers, and send as many new publishes as were answered, in one send. Nothing is allocated and nothing is copied
/// but the beginning of a frame whose end has not come.
/// </remarks>
internal sealed class LoadEngine : IDisposable
{
    private const int ReadBytes = 256 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(50);

    // The most of one source address: finding a free port becomes slow where it has more.
    private const int ConnectionsASourceAddress = 4_000;

    /// <summary>How many source addresses so many connections take.</summary>
    public static int SourceAddressesOf(int connections) => (connections + ConnectionsASourceAddress - 1) / ConnectionsASourceAddress;

    // Fewer than any server's backlog: what does not fit there is dropped by the kernel, and tried again after a second.
    private const int HandshakesAtOnce = 128;

    private readonly LoadPlan _plan;
    private readonly LoadSignals _signals;
    private readonly LoadConnection[] _connections;
    private readonly Socket[] _sockets;
    private readonly IPoller _poller;
    private readonly ReadySocket[] _ready = new ReadySocket[512];
    private readonly byte[] _buffer = new byte[ReadBytes + LoadConnection.MaxPartialBytes];
    private readonly int _firstConnection;
    private long _completed;
    private long _reads;
    private long _lastRead;
    private int _open;
    private int _firstUnready;
    private bool _isClosing;

    /// <summary>An engine for some publishers and those who follow them.</summary>
    /// <param name="plan">The load that it is a part of.</param>
    /// <param name="signals">Shared by all engines of the run.</param>
    /// <param name="publishers">Its part of the publishers.</param>
    /// <param name="firstConnection">How many connections the engines before it have.</param>
    /// <param name="poller">Its own; it disposes of it.</param>
    public LoadEngine(LoadPlan plan, LoadSignals signals, IReadOnlyList<LoadConnection> publishers, int firstConnection, IPoller poller)
    {
        _plan = plan;
        _signals = signals;
        _firstConnection = firstConnection;
        _connections = [.. publishers, .. publishers.SelectMany(p => p.Followers)];
        _sockets = new Socket[_connections.Length];
        _poller = poller;
    }

    /// <summary>The latencies that were recorded; to be read once the thread has ended.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>How many connections it has.</summary>
    public int ConnectionCount => _connections.Length;

    /// <summary>Messages complete so far; any thread may ask.</summary>
    public long Completed => Volatile.Read(ref _completed);

    /// <summary>Reads that brought bytes so far; any thread may ask.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>The thread's work, to the end of the run; a failure goes to the signals.</summary>
    public void Run()
    {
        try
        {
            Connect();
            RoundsUntil(() => FirstUnready() == _connections.Length, "the handshake");
            if (!_signals.ReadyToStart())
                return;

            _lastRead = MonotonicClock.Nanoseconds;
            foreach (var connection in _connections)
            {
                connection.Window.Begin(_lastRead);
                Flush(connection, _lastRead);
            }

            while (_signals.IsPublishing && !_signals.IsFailed)
                Round("an answer", _plan.Rate is null ? LongestWait : SendDue());

            RoundsUntil(() => _connections.All(c => c.Missing is null), "the last answers");
            Leave();
        }
        catch (SocketException e)
        {
            _signals.Fail(new LoadFailureException($"A connection to {_plan.EndPoint} failed: {e.Message}", e));
        }
        catch (Exception e)
        {
            _signals.Fail(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _poller.Dispose();
        foreach (var socket in _sockets)
            socket?.Dispose();
    }

    // Blocking, one after the other: the kernel's own limit bounds each, and the server's backlog cannot overflow.
    private void Connect()
    {
        _lastRead = MonotonicClock.Nanoseconds;
        for (var i = 0; i < _connections.Length && !_signals.IsFailed; i++)
        {
            var socket = new Socket(_plan.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _sockets[i] = socket;
            ChooseSource(socket, _firstConnection + i);
            socket.Connect(_plan.EndPoint);
            _connections[i].Index = i;
            _poller.Add(i, socket);
            _connections[i].Open();
            Flush(_connections[i], nanoseconds: 0);
            var opened = i + 1;
            RoundsUntil(() => opened - FirstUnready() < HandshakesAtOnce, "the handshake");
        }

        _open = _connections.Length;
        // What is waited for now was sent now, however long it took to connect.
        _lastRead = MonotonicClock.Nanoseconds;
    }

    private int FirstUnready()
    {
        while (_firstUnready < _connections.Length && _connections[_firstUnready].IsReady)
            _firstUnready++;
        return _firstUnready;
    }

    private void ChooseSource(Socket socket, int number)
    {
        var address = _plan.FirstSourceAddress + (number / ConnectionsASourceAddress);
        if (address == 0 || !OperatingSystem.IsLinux() || !_plan.EndPoint.Address.Equals(IPAddress.Loopback))
            return;
        // IP_BIND_ADDRESS_NO_PORT (24 at IPPROTO_IP): the port is chosen by connect, which may use it for other targets too.
        socket.SetRawSocketOption(0, 24, BitConverter.GetBytes(1));
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, (byte)(1 + (address / 250)), (byte)(1 + (address % 250))]), 0));
    }

    private void RoundsUntil(Func<bool> isDone, string what)
    {
        while (!_signals.IsFailed && !isDone())
            Round(what, LongestWait);
    }

    // Open loop: sends what is due, and returns how long it is until more is.
    private TimeSpan SendDue()
    {
        var now = MonotonicClock.Nanoseconds;
        var next = long.MaxValue;
        foreach (var connection in _connections)
        {
            if (connection.WindowOwner != connection)
                continue;
            if (connection.Window.NextSend <= now)
                Flush(connection, now);
            next = Math.Min(next, connection.Window.NextSend);
        }

        var wait = next - MonotonicClock.Nanoseconds;
        return wait >= LongestWait.TotalNanoseconds ? LongestWait : TimeSpan.FromTicks(Math.Max(0, wait / TimeSpan.NanosecondsPerTick));
    }

    private void Round(string what, TimeSpan wait)
    {
        var count = _poller.Wait(_ready, wait);
        if (count == 0)
            ThrowIfStalled(what);
        for (var i = 0; i < count; i++)
        {
            var connection = _connections[_ready[i].Index];
            if (_ready[i].Readable)
                Receive(connection);
            else
                Flush(connection, MonotonicClock.Nanoseconds);
        }
    }

    private void Receive(LoadConnection connection)
    {
        var kept = connection.RestorePartialFrame(_buffer);
        var received = _poller.Receive(connection.Index, _buffer.AsSpan(kept, ReadBytes));
        if (received <= 0)
        {
            if (received == 0)
                TakeEnd(connection);
            return;
        }

        connection.Receive(_buffer.AsSpan(0, kept + received));

        var now = MonotonicClock.Nanoseconds;
        _lastRead = now;
        Volatile.Write(ref _reads, _reads + 1);
        var publisher = connection.WindowOwner;
        var completed = publisher.Window.Complete(now, _signals.IsRecording ? Latencies : null);
        Volatile.Write(ref _completed, _completed + completed);

        if (_isClosing)
            return;
        Flush(publisher, now);
        if (publisher != connection)
            Flush(connection, now);
    }

    private void Flush(LoadConnection connection, long nanoseconds)
    {
        while (connection.TryFill(_signals.IsPublishing, nanoseconds))
        {
            connection.Sent(_poller.Send(connection.Index, connection.Unsent));
            if (connection.Unsent.IsEmpty)
                continue;
            WatchWrites(connection, true);
            return;
        }

        WatchWrites(connection, false);
    }

    private void WatchWrites(LoadConnection connection, bool watch)
    {
        if (connection.WatchesWrites == watch)
            return;
        connection.WatchesWrites = watch;
        _poller.WatchWrites(connection.Index, watch);
    }

    private void TakeEnd(LoadConnection connection)
    {
        if (!_isClosing)
            throw new LoadFailureException($"{connection.ClientId}: the server closed the connection.");
        _poller.Remove(connection.Index);
        _sockets[connection.Index].Dispose();
        _open--;
    }

    // All is answered: say so, and wait until the server has closed too. An answer too many is still seen.
    private void Leave()
    {
        _isClosing = true;
        foreach (var connection in _connections)
        {
            connection.Close();
            Flush(connection, nanoseconds: 0);
            _sockets[connection.Index].Shutdown(SocketShutdown.Send);
        }

        _lastRead = MonotonicClock.Nanoseconds;
        RoundsUntil(() => _open == 0, "the server to close connections that have ended");
    }

    private void ThrowIfStalled(string what)
    {
        if (MonotonicClock.Nanoseconds - _lastRead < _plan.Timeout.TotalNanoseconds)
            return;
        // Nothing is due where nothing is published, and idle connections have their handshake.
        if (_plan.Depth == 0 && !_isClosing && FirstUnready() == _connections.Length)
            return;
        var missing = _connections.Where(c => !_isClosing && c.IsReady).Select(c => c.Missing).FirstOrDefault(m => m is not null);
        var detail = missing is null ? "" : $"; {missing}";
        throw new LoadFailureException($"Nothing came for {_plan.Timeout.TotalSeconds:0.#} s while waiting for {what}{detail}.");
    }
}
