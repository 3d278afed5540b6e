using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Tests.Sessions;

/// <summary>
/// An outbox that keeps what it is given, parsed by Google.Protobuf. What was written is seen by the test once it is flushed.
/// It can stand for a peer that takes nothing, and refuse at random.
/// </summary>
internal sealed class TestOutbox : IOutbox
{
    /// <summary>How long a frame may take that must come. Long: it only ends a test that hangs.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<Frame> _written = [];
    private readonly Queue<Frame> _sent = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _writtenBytes;
    private int _stalledBytes;
    private bool _isStalled;
    private bool _hasRefused;
    private bool _isKilled;

    public WireConnection? Connection { get; set; }

    /// <summary>Called for each frame as it is written, with the writer's thread.</summary>
    public Action<Frame>? OnWrite { get; set; }

    /// <summary>Wakes the read loop.</summary>
    public Action? OnClosed { get; set; }

    /// <summary>Refuses messages at random with it, and takes them later.</summary>
    public Random? Refusals { get; set; }

    public int MessageMark { get; set; } = 64 * 1024;

    public bool IsClosed { get; private set; }

    /// <summary>What ended the connection.</summary>
    public Error? ClosedWith { get; private set; }

    /// <summary>Refused frames, in all.</summary>
    public int RefusedCount { get; private set; }

    /// <summary>The largest number of bytes that have waited for the peer.</summary>
    public int MaxWaitingBytes { get; private set; }

    public int WaitingBytes
    {
        get
        {
            lock (_lock)
                return _writtenBytes + _stalledBytes;
        }
    }

    /// <summary>Whether the peer takes nothing. Turned off, it takes all that waits.</summary>
    public bool IsStalled
    {
        get => _isStalled;
        set
        {
            lock (_lock)
                _isStalled = value;
            if (!value)
                Flush();
        }
    }

    public void Write(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
            Add(frames);
    }

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
        {
            if (IsClosed || _isKilled)
                return true;
            var waiting = _writtenBytes + _stalledBytes;
            var refuses = waiting != 0 && frames.Length > MessageMark - waiting;
            if (!refuses && (Refusals is null || Refusals.Next(4) != 0))
            {
                Add(frames);
                return true;
            }
            RefusedCount++;
            _hasRefused = true;
            if (!refuses)
                ThreadPool.QueueUserWorkItem(_ => Flush());
            return false;
        }
    }

    public void Flush()
    {
        var drained = false;
        lock (_lock)
        {
            foreach (var frame in _written)
                _sent.Enqueue(frame);
            if (_isStalled)
                _stalledBytes += _writtenBytes;
            else
                _stalledBytes = 0;
            _written.Clear();
            _writtenBytes = 0;
            if (_stalledBytes == 0)
            {
                drained = _hasRefused;
                _hasRefused = false;
            }
            Change();
        }
        if (drained)
            Connection?.OnOutboxDrained();
    }

    public void Abort(Error error)
    {
        lock (_lock)
        {
            if (IsClosed)
                return;
            var frame = new Frame { Error = error.Clone() };
            if (!_isKilled)
            {
                OnWrite?.Invoke(frame);
                _written.Add(frame);
            }
            IsClosed = true;
            ClosedWith = error.Clone();
        }
        Flush();
        OnClosed?.Invoke();
        Connection?.OnOutboxClosed();
    }

    /// <summary>The peer is gone: nothing is taken any more, what was sent can still be read.</summary>
    public void Break()
    {
        lock (_lock)
        {
            IsClosed = true;
            _written.Clear();
            _writtenBytes = _stalledBytes = 0;
            Change();
        }
        OnClosed?.Invoke();
        Connection?.OnOutboxClosed();
    }

    /// <summary>The process is gone: from now on nothing is seen of what is written.</summary>
    public void Kill()
    {
        lock (_lock)
            _isKilled = true;
    }

    /// <summary>Takes the next frame that was sent, if there is one.</summary>
    public bool TryRead(out Frame frame)
    {
        lock (_lock)
            return _sent.TryDequeue(out frame!);
    }

    /// <summary>The next frame that is sent. Fails the test where none comes.</summary>
    public async Task<Frame> ReadAsync() =>
        await TryReadAsync() ?? throw new AssertionException($"the connection ended with {ClosedWith} where a frame was to come");

    /// <summary>The next frame that is sent; null where the connection ends before one is.</summary>
    public async Task<Frame?> TryReadAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_sent.TryDequeue(out var frame))
                    return frame;
                if (IsClosed)
                    return null;
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(Deadline);
            }
            catch (TimeoutException)
            {
                throw new AssertionException("no frame came");
            }
        }
    }

    /// <summary>The next frames that are sent.</summary>
    public async Task<List<Frame>> ReadAsync(int count)
    {
        var frames = new List<Frame>(count);
        while (frames.Count < count)
            frames.Add(await ReadAsync());
        return frames;
    }

    /// <summary>All frames that were sent and not read yet.</summary>
    public List<Frame> ReadAll()
    {
        lock (_lock)
        {
            var frames = _sent.ToList();
            _sent.Clear();
            return frames;
        }
    }

    /// <summary>Waits until the connection is ended, and says by what.</summary>
    public async Task<Error?> ClosedAsync()
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (IsClosed)
                    return ClosedWith;
                changed = _changed.Task;
            }
            await changed.WaitAsync(Deadline);
        }
    }

    // A Write holds whole frames: what is left over fails the writer.
    private void Add(ReadOnlySpan<byte> frames)
    {
        if (IsClosed || _isKilled)
            return;
        _writtenBytes += frames.Length;
        MaxWaitingBytes = Math.Max(MaxWaitingBytes, _writtenBytes + _stalledBytes);
        while (!frames.IsEmpty)
        {
            var at = 0;
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                length |= (frames[at] & 0x7F) << shift;
                if (frames[at++] < 0x80)
                    break;
            }
            var frame = Frame.Parser.ParseFrom(frames.Slice(at, length));
            OnWrite?.Invoke(frame);
            _written.Add(frame);
            frames = frames[(at + length)..];
        }
    }

    private void Change()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }
}
