using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// One connection over one stream: the handshake, then a loop that reads, one that writes what <see cref="ClientTraffic"/>
/// gives, and a watch for silence, until the first of them finds the end. Nothing of it outlives <see cref="RunAsync"/>.
/// </summary>
internal sealed partial class ClientConnection : IAsyncDisposable
{
    /// <summary>About as much as is written at once: enough that a write costs little beside what it carries.</summary>
    private const int WriteBytes = 64 * 1024;

    private const int ReadBytes = 64 * 1024;

    // The tags of the bodies that a server may begin with, beside Error's.
    private const byte WelcomeTag = (2 << 3) | 2;
    private const byte GoAwayTag = (15 << 3) | 2;

    /// <summary>After so many ping intervals without a byte the server is held for dead.</summary>
    private const int SilentIntervals = 3;

    /// <summary>How long a stream that cannot be written to is still read: it may hold the Error that says why.</summary>
    private static readonly TimeSpan LastWordsTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long a server that said GoAway may take to answer and close: as long as its own drain.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(10);

    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly ClientTraffic _traffic;
    private readonly TimeProvider _time;
    private readonly FrameScratch _scratch = new();
    private readonly CancellationTokenSource _abort;
    private ArrayBufferWriter<byte> _output = new(WriteBytes * 2);
    private Welcome _welcome = new();
    private ConnectionEnd? _end;
    private ConnectionEnd? _farewell;
    private ulong _pingNonce;
    private ulong _pongNonce;
    private int _isPongDue;
    private int _isPingDue;
    private volatile bool _heard;
    private volatile bool _closesWhenAnswered;
    private volatile CloseMode _closing;

    public ClientConnection(Stream stream, ClientTraffic traffic, TimeProvider time)
    {
        _stream = stream;
        _traffic = traffic;
        _time = time;
        var options = new StreamPipeReaderOptions(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 8, leaveOpen: true);
        _input = PipeReader.Create(stream, options);
        _abort = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Something came after Welcome that was no farewell: the server serves this client.</summary>
    public bool WasServed { get; private set; }

    /// <summary>Sends Hello and waits for Welcome. Null where it came, otherwise the end.</summary>
    public async Task<ConnectionEnd?> HandshakeAsync(Hello hello, CancellationToken cancellationToken)
    {
        FrameWriter.Write(_output, new Frame { Hello = hello });
        await SendAsync(cancellationToken).ConfigureAwait(false);

        while (true)
        {
            var read = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (TryReadWelcome(read.Buffer, out var end, out var consumed))
            {
                // What came behind it is for the read loop.
                _input.AdvanceTo(consumed);
                return end;
            }
            if (read.IsCompleted)
                return new ConnectionEnd(EndKind.Lost, "The server closed the connection before its Welcome.");
            _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Carries the traffic until the end, and says which it was.</summary>
    /// <param name="pingInterval">Null for the server's.</param>
    public async Task<ConnectionEnd> RunAsync(TimeSpan? pingInterval)
    {
        // A stream that takes no notice of a token takes notice of this, and the write loop may wait for work.
        await using var closing = _abort.Token
            .UnsafeRegister(static connection => ((ClientConnection)connection!).Abort(), this).ConfigureAwait(false);
        _traffic.Connected((int)_welcome.MaxFrameBytes);
        var writing = Task.Run(WriteAsync);
        var watching = WatchAsync(pingInterval ?? TimeSpan.FromMilliseconds(Math.Max(1, _welcome.PingIntervalMs)));
        try
        {
            await ReadAsync().ConfigureAwait(false);
        }
        finally
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
            await watching.ConfigureAwait(false);
        }
        return _end!;
    }

    /// <summary>
    /// Writes what is under way, then closes the sending side: the server answers what it has read, and closes. After the
    /// timeout the connection is given up.
    /// </summary>
    public void Close(TimeSpan timeout) => BeginClose(CloseMode.WhenWritten, timeout);

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync().ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
        _scratch.Reset();
        _abort.Dispose();
    }

    private bool TryReadWelcome(in ReadOnlySequence<byte> buffer, out ConnectionEnd? end, out SequencePosition consumed)
    {
        var reader = new ServerFrameReader(buffer, ProtocolLimits.MaxHelloBytes, _scratch);
        var status = reader.Read();
        consumed = reader.Consumed;
        end = null;
        if (status == ServerFrameStatus.Incomplete && !IsNoBeginning(buffer))
            return false;

        if (status == ServerFrameStatus.Incomplete)
            end = ConnectionEnd.Violation("what is no Welcome of Wire");
        else if (status == ServerFrameStatus.Invalid || !reader.TryParse(out var frame))
            end = ConnectionEnd.Violation($"what is no frame of Wire: {reader.Detail}");
        else if (frame.BodyCase == Frame.BodyOneofCase.Error && frame.Error.Fatal)
            end = ConnectionEnd.Of(frame.Error, inHandshake: true);
        else if (frame.BodyCase == Frame.BodyOneofCase.GoAway)
            end = ConnectionEnd.Of(frame.GoAway);
        else if (frame.BodyCase != Frame.BodyOneofCase.Welcome)
            end = ConnectionEnd.Violation($"a frame {frame.BodyCase} where Welcome was due");
        else if (frame.Welcome is not { Version: ProtocolLimits.Version, MaxFrameBytes: > 0 and < int.MaxValue / 2 })
            end = ConnectionEnd.Violation($"an impossible Welcome: {frame.Welcome}");
        else
            _welcome = frame.Welcome;
        _scratch.Reset();
        return true;
    }

    /// <summary>
    /// Does what is there begin neither a Welcome nor a farewell? A server of another protocol is not to be waited for: the
    /// first letter of its greeting is a length that may never come.
    /// </summary>
    private static bool IsNoBeginning(in ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        byte value;
        do
        {
            if (!reader.TryRead(out value))
                return false;
        }
        while (value >= 0x80);

        return reader.TryRead(out var tag)
            && tag is not (WelcomeTag or FieldTag.Frame.Error or GoAwayTag);
    }

    private async Task WatchAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, _time);
        var silent = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(_abort.Token).ConfigureAwait(false))
            {
                silent = _heard ? 0 : silent + 1;
                _heard = false;
                if (silent == SilentIntervals)
                {
                    var detail = $"The server was silent for {SilentIntervals} x {interval.TotalSeconds:0.###} s.";
                    End(new ConnectionEnd(EndKind.Lost, detail));
                    await _abort.CancelAsync().ConfigureAwait(false);
                }
                else if (silent > 0)
                {
                    Interlocked.Exchange(ref _isPingDue, 1);
                    _traffic.Wake.Set();
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void BeginClose(CloseMode mode, TimeSpan timeout)
    {
        _closing = mode;
        _abort.CancelAfter(timeout);
        _traffic.Wake.Set();
    }

    private void Abort()
    {
        _traffic.Wake.Set();
        _stream.Dispose();
    }

    /// <summary>The first reason counts.</summary>
    private void End(ConnectionEnd end) => Interlocked.CompareExchange(ref _end, end, null);

    private bool IsBreak(Exception exception)
        => _abort.IsCancellationRequested || exception is IOException or SocketException or ObjectDisposedException;
}
