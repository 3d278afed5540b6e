using System.Net;
using System.Net.Sockets;
using Wire.Load.Engine;
using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>Drives all connections of a window, on the caller's thread.</summary>
internal sealed class FetchRun : IDisposable
{
    private const int ReadBytes = 256 * 1024;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly FetchConnection[] _connections;
    private readonly Socket[] _sockets;
    private readonly bool[] _watchesWrites;
    private readonly IPoller _poller = LoadRun.BestPoller();
    private readonly ReadySocket[] _ready = new ReadySocket[512];
    private readonly byte[] _buffer = new byte[ReadBytes + Frames.DelimitedFrame.MaxBytes + 8];
    private readonly LatencyHistogram _latencies = new();
    private bool _isRecording;
    private bool _isAsking;
    private long _lastRead;

    /// <summary>Connects; nothing is asked yet.</summary>
    public FetchRun(IPEndPoint server, HistorySettings settings)
    {
        _connections = [.. Enumerable.Range(0, settings.Connections).Select(i => new FetchConnection(settings, i))];
        _sockets = new Socket[settings.Connections];
        _watchesWrites = new bool[settings.Connections];
        _lastRead = MonotonicClock.Nanoseconds;
        for (var i = 0; i < _sockets.Length; i++)
        {
            _sockets[i] = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _sockets[i].Connect(server);
            _poller.Add(i, _sockets[i]);
            Flush(i, 0);
        }
        RoundsUntil(() => _connections.All(c => c.IsReady));
    }

    /// <summary>Fetches that were answered.</summary>
    public long Answered => _connections.Sum(c => c.Answered);

    /// <summary>The latencies of the window.</summary>
    public LatencyHistogram Latencies => _latencies;

    /// <summary>Keeps the load up for a time.</summary>
    public void For(TimeSpan time, bool isRecording, CancellationToken cancellation)
    {
        _isRecording = isRecording;
        if (!_isAsking)
        {
            _isAsking = true;
            for (var i = 0; i < _connections.Length; i++)
                Flush(i, MonotonicClock.Nanoseconds);
        }
        var end = MonotonicClock.Nanoseconds + (long)time.TotalNanoseconds;
        RoundsUntil(() => MonotonicClock.Nanoseconds >= end || cancellation.IsCancellationRequested);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Asks no more and waits for what is in hand.</summary>
    public void Drain()
    {
        _isAsking = _isRecording = false;
        RoundsUntil(() => _connections.All(c => c.IsIdle));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _poller.Dispose();
        foreach (var socket in _sockets)
            socket?.Dispose();
    }

    private void RoundsUntil(Func<bool> isDone)
    {
        while (!isDone())
        {
            var count = _poller.Wait(_ready, LongestWait);
            if (count == 0 && MonotonicClock.Nanoseconds - _lastRead > Timeout.TotalNanoseconds)
                throw new LoadFailureException($"Nothing came for {Timeout.TotalSeconds:0} s.");
            for (var i = 0; i < count; i++)
            {
                if (_ready[i].Readable)
                    Receive(_ready[i].Index);
                else
                    Flush(_ready[i].Index, MonotonicClock.Nanoseconds);
            }
        }
    }

    private void Receive(int index)
    {
        var connection = _connections[index];
        var kept = connection.RestorePartialFrame(_buffer);
        var received = _poller.Receive(index, _buffer.AsSpan(kept, ReadBytes));
        if (received == 0)
            throw new LoadFailureException("The server closed a connection.");
        if (received < 0)
            return;
        _lastRead = MonotonicClock.Nanoseconds;
        connection.Receive(_buffer.AsSpan(0, kept + received), _lastRead, _isRecording ? _latencies : null);
        Flush(index, _lastRead);
    }

    private void Flush(int index, long now)
    {
        var connection = _connections[index];
        while (true)
        {
            if (connection.Unsent.Length == 0)
            {
                if (_isAsking)
                    connection.Fill(now);
                if (connection.Unsent.Length == 0)
                    break;
            }
            var sent = _poller.Send(index, connection.Unsent);
            connection.Sent(sent);
            if (sent == 0)
                break;
        }
        var watch = connection.Unsent.Length > 0;
        if (_watchesWrites[index] != watch)
            _poller.WatchWrites(index, _watchesWrites[index] = watch);
    }
}
