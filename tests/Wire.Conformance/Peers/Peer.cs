using System.Net.Sockets;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Conformance.Peers;

/// <summary>
/// A client's end of one connection, written from the protocol's text and Google.Protobuf alone, so that it can judge a
/// host: it shares no framing code with Wire. A thread of its own parses what comes into an inbox, from which a test takes
/// frames by what they are. A <see cref="Ping"/> of the host is answered at once. Members may be called from any thread;
/// sends must not overlap.
/// </summary>
public sealed class Peer : IAsyncDisposable
{
    /// <summary>The most frames that may lie unread in the inbox; beyond it the connection ends as <see cref="PeerEnd.Flooded"/>.</summary>
    public const int MaxUnread = 200_000;

    private readonly PeerTransport _transport;
    private readonly IPeerObserver _observer;
    private readonly Lock _gate = new();
    private readonly LinkedList<Frame> _inbox = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource<PeerEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _disposed;
    private string? _why;

    /// <summary>Takes over <paramref name="transport"/> and begins to read.</summary>
    /// <param name="name">Names the connection in messages.</param>
    /// <param name="transport">The bytes.</param>
    /// <param name="observer">Is told of every frame in both directions, in order; null for nobody.</param>
    public Peer(string name, PeerTransport transport, IPeerObserver? observer = null)
    {
        Name = name;
        _transport = transport;
        _observer = observer ?? NoObserver.Instance;
        new Thread(Read) { IsBackground = true, Name = $"peer {name}" }.Start();
    }

    /// <summary>The connection's name in messages.</summary>
    public string Name { get; }

    /// <summary>Whether this transport can end its sending side alone.</summary>
    public bool CanHalfClose => _transport.HalfClose is not null;

    /// <summary>Whether a Ping of the host is answered (default), or left to the test.</summary>
    public bool AnswersPings { get; set; } = true;

    /// <summary>Completes when nothing more can come, with how it ended.</summary>
    public Task<PeerEnd> Ended => _ended.Task;

    /// <summary>What was wrong where <see cref="Ended"/> says that the stream broke.</summary>
    public string? EndDetail => _why;

    /// <summary>The frames that came and were not taken.</summary>
    public IReadOnlyList<Frame> Unread
    {
        get
        {
            lock (_gate)
            {
                return [.. _inbox];
            }
        }
    }

    /// <summary>Sends frames in one write.</summary>
    public Task SendAsync(IEnumerable<Frame> frames, CancellationToken cancellationToken, int pieceBytes = 0)
    {
        var bytes = new MemoryStream();
        foreach (var frame in frames)
        {
            _observer.Sending(frame);
            frame.WriteDelimitedTo(bytes);
        }

        return WriteAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), pieceBytes, cancellationToken);
    }

    /// <summary>Sends one frame.</summary>
    public Task SendAsync(Frame frame, CancellationToken cancellationToken) => SendAsync([frame], cancellationToken);

    /// <summary>Sends bytes as they are; those that happen to be whole frames are told to the observer as such.</summary>
    public Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken, int pieceBytes = 0)
    {
        _observer.SendingBytes(bytes.Span);
        return WriteAsync(bytes, pieceBytes, cancellationToken);
    }

    /// <summary>Ends the sending side.</summary>
    /// <exception cref="NotSupportedException">The transport cannot do that.</exception>
    public ValueTask HalfCloseAsync(CancellationToken cancellationToken) =>
        _transport.HalfClose is { } halfClose
            ? halfClose(cancellationToken)
            : throw new NotSupportedException("This transport cannot close one side alone.");

    /// <summary>
    /// Takes the oldest unread frame that <paramref name="belongs"/>, waiting for it; the others stay where they are.
    /// </summary>
    /// <exception cref="PeerException">It did not come in time, or the connection ended first.</exception>
    public Task<Frame> TakeAsync(Func<Frame, bool> belongs, TimeSpan deadline, CancellationToken cancellationToken) =>
        TakeAsync(belongs, null, deadline, cancellationToken);

    /// <summary>
    /// Takes the oldest unread frame that is <paramref name="wanted"/>, as <see cref="TakeAsync"/> does, and drops the unread
    /// ones before it that belong with it.
    /// </summary>
    /// <exception cref="PeerException">It did not come in time, or the connection ended first.</exception>
    public Task<Frame> TakePastAsync(
        Func<Frame, bool> belongs, Func<Frame, bool> wanted, TimeSpan deadline, CancellationToken cancellationToken) =>
        TakeAsync(wanted, belongs, deadline, cancellationToken);

    /// <summary>Drops the unread frames that are <paramref name="unwanted"/>.</summary>
    public void Drop(Func<Frame, bool> unwanted)
    {
        lock (_gate)
        {
            for (var node = _inbox.First; node is not null;)
            {
                var next = node.Next;
                if (unwanted(node.Value))
                {
                    _inbox.Remove(node);
                }

                node = next;
            }
        }
    }

    /// <summary>Waits until nothing more can come.</summary>
    /// <exception cref="PeerException">The host did not close in time.</exception>
    public async Task<PeerEnd> WaitEndAsync(TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await Ended.WaitAsync(deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new PeerException($"the host did not close the connection within {deadline.TotalSeconds:0} s");
        }
    }

    /// <summary>Says in words how the connection ended.</summary>
    public string Describe(PeerEnd end) => _why is null ? end.ToString() : $"{end}: {_why}";

    /// <summary>Closes the connection without waiting for anything.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _transport.Stream.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<Frame> TakeAsync(
        Func<Frame, bool> wanted, Func<Frame, bool>? dropBefore, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(deadline);
        while (true)
        {
            Task changed;
            bool ended;
            lock (_gate)
            {
                // Read under the gate: the reader marks the end after its last frame, so "ended" here means that all is in.
                ended = _ended.Task.IsCompleted;
                changed = _changed.Task;
                if (TryTakeUnsynchronized(wanted, dropBefore) is { } frame)
                {
                    return frame;
                }
            }

            if (ended)
            {
                throw new PeerException($"the connection ended first ({Describe(await _ended.Task.ConfigureAwait(false))})");
            }

            try
            {
                await changed.WaitAsync(timeout.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new PeerException($"nothing of the kind came within {deadline.TotalSeconds:0} s");
            }
        }
    }

    private Frame? TryTakeUnsynchronized(Func<Frame, bool> wanted, Func<Frame, bool>? dropBefore)
    {
        for (var node = _inbox.First; node is not null; node = node.Next)
        {
            if (!wanted(node.Value))
            {
                continue;
            }

            while (dropBefore is not null && node.Previous is not null && Last(node.Previous, dropBefore) is { } passed)
            {
                _inbox.Remove(passed);
            }

            _inbox.Remove(node);
            return node.Value;
        }

        return null;
    }

    private static LinkedListNode<Frame>? Last(LinkedListNode<Frame>? node, Func<Frame, bool> belongs)
    {
        while (node is not null && !belongs(node.Value))
        {
            node = node.Previous;
        }

        return node;
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, int pieceBytes, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var piece = pieceBytes > 0 ? pieceBytes : Math.Max(1, bytes.Length);
            for (var at = 0; at < bytes.Length; at += piece)
            {
                var part = bytes.Slice(at, Math.Min(piece, bytes.Length - at));
                await _transport.Stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
                await _transport.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private void Read()
    {
        PeerEnd end;
        try
        {
            end = ReadFrames();
        }
        catch (Exception) when (_disposed)
        {
            end = PeerEnd.Disposed;
        }
        catch (InvalidProtocolBufferException broken)
        {
            (end, _why) = (PeerEnd.Broken, broken.Message);
        }
        catch (Exception reset) when (reset is IOException or SocketException or ObjectDisposedException)
        {
            (end, _why) = (PeerEnd.Reset, reset.InnerException?.Message ?? reset.Message);
        }

        catch (Exception defect)
        {
            // A defect of the test's own: told to whoever waits, instead of ending the process from this thread.
            (end, _why) = (PeerEnd.Broken, defect.ToString());
        }

        lock (_gate)
        {
            _ended.TrySetResult(end);
            _changed.TrySetResult();
        }

        _observer.Ended(end);
    }

    private PeerEnd ReadFrames()
    {
        // Buffered, because a frame of Google.Protobuf's stream parser is otherwise a system call for each byte of a length.
        using var stream = new FirstByteStream(new BufferedStream(_transport.Stream, 64 * 1024));
        while (stream.Peek())
        {
            var frame = Frame.Parser.ParseDelimitedFrom(stream);
            _observer.Received(frame);
            if (frame.BodyCase == Frame.BodyOneofCase.Ping && AnswersPings)
            {
                Answer(frame.Ping);
            }

            lock (_gate)
            {
                if (_inbox.Count == MaxUnread)
                {
                    return PeerEnd.Flooded;
                }

                _inbox.AddLast(frame);
                var changed = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                changed.TrySetResult();
            }
        }

        return PeerEnd.Closed;
    }

    // Not awaited by the reader: a peer whose own output is stuck goes on reading.
    private void Answer(Ping ping) =>
        _ = SendAsync(new Frame { Pong = new Pong { Nonce = ping.Nonce } }, CancellationToken.None)
            .ContinueWith(static sent => _ = sent.Exception, TaskScheduler.Default);

    private sealed class NoObserver : IPeerObserver
    {
        internal static readonly NoObserver Instance = new();

        public void Sending(Frame frame)
        {
        }

        public void SendingBytes(ReadOnlySpan<byte> bytes)
        {
        }

        public void Received(Frame frame)
        {
        }

        public void Ended(PeerEnd end)
        {
        }
    }
}
