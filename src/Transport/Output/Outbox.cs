using System.Buffers;
using System.IO.Pipelines;
using Wire.Framing;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Transport.Output;

/// <summary>
/// What one connection sends. Whoever has frames for it, workers, readers of the log, the heartbeat, writes them into the
/// transport's pipe; whoever then calls <see cref="Flush"/> first becomes the one flusher. Frames that come while a flush is
/// under way gather in a buffer, from which the flusher goes on in slices, one flush each, until nothing is left. While a flush
/// waits for the peer no thread does, and writers only append.
/// </summary>
/// <remarks>
/// The buffer is rented while something waits in it, so an idle connection holds none. What waits is bounded: see
/// <see cref="IOutbox"/>, and <see cref="OutboxBudget"/> for all connections together. The pipe is written under the lock only,
/// and never after <see cref="Close"/>, when its blocks may be another connection's already.
/// </remarks>
internal sealed partial class Outbox : IOutbox
{
    private const int FirstBufferBytes = 512;

    private const int LaterBufferBytes = 4 * 1024;

    // One flush carries at most so much: the transport's own buffers are as large, and the peer's progress shows at this grain.
    private const int MaxSliceBytes = 64 * 1024;

    // What the pipe's blocks have: it takes memory in such pieces, and so it is charged.
    private const int PipeBlockBytes = 4 * 1024;

    // More than the shared pool keeps, for when many flushes wait.
    private static readonly ArrayPool<byte> FirstBuffers = ArrayPool<byte>.Create(FirstBufferBytes, 4096);

    private readonly Lock _lock = new();
    private readonly PipeWriter _output;
    private readonly OutboxBudget _budget;
    private readonly IOutboxOwner _owner;

    // Written into the pipe since the last flush.
    private int _writtenBytes;
    private int _writtenCharge;
    private bool _pipeIsLost;

    // Whole frames that are not in the pipe yet, and where they begin and end.
    private byte[]? _pending;
    private int _pendingOffset;
    private int _pendingEnd;

    // Of these as many, from the first on, as were to go out when the first slice of them did: they end where a frame does.
    private int _begunBytes;

    // In the flush that is under way.
    private int _sendingBytes;

    private int _chargedBytes;
    private volatile State _state;
    private bool _isFlushing;
    private bool _hasRefused;
    private long _takenAt;
    private TaskCompletionSource? _belowUpperMark;
    private TaskCompletionSource<bool>? _ended;

    public Outbox(PipeWriter output, OutboxBudget budget, IOutboxOwner owner)
    {
        _output = output;
        _budget = budget;
        _owner = owner;
    }

    private enum State : byte
    {
        Open,

        /// <summary>What waits is still sent, nothing is added.</summary>
        Ending,

        /// <summary>All was sent.</summary>
        Ended,

        /// <summary>The transport takes nothing any more; what waited is dropped.</summary>
        Broken,
    }

    public bool IsClosed => _state != State.Open;

    public int MessageMark => _budget.LowerMark;

    /// <summary>Bytes that wait for the peer. An estimate without the lock, good enough to look for those who take nothing.</summary>
    public int WaitingBytes => Math.Max(0, WaitingBytesUnsynchronized);

    /// <summary>Bytes of memory that are charged to the budget for this outbox, and free when it ends.</summary>
    public int ChargedBytes => Volatile.Read(ref _chargedBytes);

    /// <summary>On the <see cref="Connections.CoarseClock"/>: when the peer last took something of what waits, or since when something waits.</summary>
    public long TakenAt => Volatile.Read(ref _takenAt);

    private int PendingBytes => Volatile.Read(ref _pendingEnd) - Volatile.Read(ref _pendingOffset);

    private int WaitingBytesUnsynchronized => PendingBytes + Volatile.Read(ref _writtenBytes) + Volatile.Read(ref _sendingBytes);

    private int SliceBytes => Math.Min(MaxSliceBytes, _budget.UpperMark);

    public void Write(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
        {
            if (_state == State.Open)
                AppendUnsynchronized(frames);
        }
    }

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
        {
            // Dropped, as said: there is nobody to wait for room.
            if (_state != State.Open)
                return true;

            var waiting = WaitingBytesUnsynchronized;
            if (waiting != 0 && frames.Length > _budget.LowerMark - waiting)
            {
                _hasRefused = true;
                return false;
            }
            AppendUnsynchronized(frames);
            return true;
        }
    }

    public void Abort(Error error) => Abort(error, dropWaiting: false);

    /// <param name="error">The last frame.</param>
    /// <param name="dropWaiting">Drops what no flush has begun to send: for when its memory is needed elsewhere.</param>
    public void Abort(Error error, bool dropWaiting)
    {
        var frame = new ArrayBufferWriter<byte>(64);
        FrameWriter.Write(frame, new Frame { Error = error });
        TaskCompletionSource? reader;
        lock (_lock)
        {
            if (_state != State.Open)
                return;
            if (dropWaiting && _begunBytes == 0)
                DropPendingUnsynchronized();
            else if (dropWaiting)
                _pendingEnd = _pendingOffset + _begunBytes;
            AppendUnsynchronized(frame.WrittenSpan);
            reader = EndUnsynchronized();
        }
        reader?.TrySetResult();
        Flush();
        _owner.OnClosed();
        _owner.OnAborted(error);
    }

    /// <summary>
    /// Takes no more frames and sends those that wait. Completes with true once the transport has them all, with false where it
    /// takes nothing any more. May be called after <see cref="Abort(Error)"/>, to wait for the last frame.
    /// </summary>
    public Task<bool> EndAsync()
    {
        TaskCompletionSource? reader = null;
        Task<bool> ended;
        bool wasOpen;
        lock (_lock)
        {
            wasOpen = _state == State.Open;
            if (wasOpen)
                reader = EndUnsynchronized();
            if (_state == State.Ending && !_isFlushing && WaitingBytesUnsynchronized == 0)
                _state = State.Ended;
            if (_state is State.Ended or State.Broken)
            {
                ended = Task.FromResult(_state == State.Ended);
            }
            else
            {
                _ended ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                ended = _ended.Task;
            }
        }
        reader?.TrySetResult();
        Flush();
        if (wasOpen)
            _owner.OnClosed();
        return ended;
    }

    /// <summary>Drops what waits and takes no more: the connection has ended. A flush under way ends with the transport.</summary>
    public void Close()
    {
        TaskCompletionSource? reader;
        TaskCompletionSource<bool>? ended;
        bool wasOpen;
        lock (_lock)
        {
            if (_state is State.Ended or State.Broken)
                return;
            wasOpen = _state == State.Open;
            _state = State.Broken;
            _hasRefused = false;
            DropWrittenUnsynchronized();
            DropPendingUnsynchronized();
            reader = TakeReaderUnsynchronized();
            ended = _ended;
        }
        reader?.TrySetResult();
        ended?.TrySetResult(false);
        if (wasOpen)
            _owner.OnClosed();
    }

    /// <summary>
    /// For the connection's read loop, before it reads on: completes once less than the upper mark waits, or the outbox is closed.
    /// </summary>
    public ValueTask WaitBelowUpperMarkAsync(CancellationToken cancellationToken)
    {
        Task below;
        lock (_lock)
        {
            if (_state != State.Open || WaitingBytesUnsynchronized < _budget.UpperMark)
                return ValueTask.CompletedTask;
            _belowUpperMark ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            below = _belowUpperMark.Task;
        }
        return new ValueTask(below.WaitAsync(cancellationToken));
    }

    /// <summary>The peer has taken bytes of what the transport had left to send: seen from outside, where a flush shows it too late.</summary>
    public void NoteTaken() => Volatile.Write(ref _takenAt, _budget.Clock.Now);

    private void AppendUnsynchronized(ReadOnlySpan<byte> frames)
    {
        if (frames.IsEmpty)
            return;
        if (WaitingBytesUnsynchronized == 0)
            _takenAt = _budget.Clock.Now;

        if (!_isFlushing && !_pipeIsLost && _pending is null && frames.Length <= SliceBytes - _writtenBytes && TryWriteThroughUnsynchronized(frames))
            return;
        var buffer = _pending;
        if (buffer is null || buffer.Length - _pendingEnd < frames.Length)
            buffer = GrowUnsynchronized(frames.Length);
        frames.CopyTo(buffer.AsSpan(_pendingEnd));
        _pendingEnd += frames.Length;
    }

    /// <summary>Writes into the pipe. False where it takes nothing, which the next flush finds and breaks.</summary>
    private bool TryWriteThroughUnsynchronized(ReadOnlySpan<byte> frames)
    {
        try
        {
            _output.Write(frames);
        }
        catch (Exception)
        {
            // It was completed. A part of a frame may be in it, so that nothing can follow.
            _pipeIsLost = true;
            return false;
        }
        _writtenBytes += frames.Length;
        if (_writtenBytes > _writtenCharge)
        {
            var charge = (_writtenBytes + PipeBlockBytes - 1) & -PipeBlockBytes;
            Charge(charge - _writtenCharge);
            _writtenCharge = charge;
        }
        return true;
    }

    private byte[] GrowUnsynchronized(int bytes)
    {
        var kept = PendingBytes;
        var needed = checked(kept + bytes);
        var grown = needed <= FirstBufferBytes ? FirstBuffers.Rent(FirstBufferBytes) : ArrayPool<byte>.Shared.Rent(Math.Max(needed, LaterBufferBytes));
        Charge(grown.Length);
        if (_pending is not null)
        {
            _pending.AsSpan(_pendingOffset, kept).CopyTo(grown);
            Return(_pending);
        }
        _pendingOffset = 0;
        _pendingEnd = kept;
        return _pending = grown;
    }

    private void DropWrittenUnsynchronized()
    {
        Release(_writtenCharge);
        _writtenBytes = _writtenCharge = 0;
    }

    private void DropPendingUnsynchronized()
    {
        if (_pending is not null)
            Return(_pending);
        _pending = null;
        _pendingOffset = _pendingEnd = _begunBytes = 0;
    }

    private TaskCompletionSource? EndUnsynchronized()
    {
        _state = State.Ending;
        _hasRefused = false;
        return TakeReaderUnsynchronized();
    }

    private TaskCompletionSource? TakeReaderUnsynchronized()
    {
        var reader = _belowUpperMark;
        _belowUpperMark = null;
        return reader;
    }

    private void Charge(int bytes)
    {
        Interlocked.Add(ref _chargedBytes, bytes);
        _budget.Charge(bytes);
    }

    private void Release(int bytes)
    {
        Interlocked.Add(ref _chargedBytes, -bytes);
        _budget.Release(bytes);
    }

    private void Return(byte[] buffer)
    {
        Release(buffer.Length);
        (buffer.Length == FirstBufferBytes ? FirstBuffers : ArrayPool<byte>.Shared).Return(buffer);
    }
}
