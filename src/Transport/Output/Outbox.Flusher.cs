using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Wire.Transport.Output;

/// <summary>The flusher: one at a time, on the thread that called <see cref="Flush"/> or, behind a slow peer, on the pool.</summary>
internal sealed partial class Outbox : IThreadPoolWorkItem
{
    // A worker that flushes for a connection that others keep writing to is let go after so many rounds.
    private const int MaxRoundsOnCaller = 8;

    // Of the flusher alone. Charged only while it waits for the peer.
    private int _sendingCharge;
    private PendingFlush? _pendingFlush;

    public void Flush()
    {
        lock (_lock)
        {
            if (_isFlushing || PendingBytes + _writtenBytes == 0 || _state == State.Broken)
                return;
            _isFlushing = true;
        }
        Run();
    }

    void IThreadPoolWorkItem.Execute() => Run();

    private void Run()
    {
        for (var round = 0; round < MaxRoundsOnCaller; round++)
        {
            if (!TryTakeSlice() || !TrySend(out var result) || !OnFlushed(result))
                return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>Takes what is in the pipe, or puts a slice of what has gathered there; gives up being the flusher where there is nothing.</summary>
    private bool TryTakeSlice()
    {
        TaskCompletionSource<bool>? ended = null;
        bool isLost;
        lock (_lock)
        {
            isLost = _state != State.Broken && (_pipeIsLost || _writtenBytes == 0 && PendingBytes != 0 && !TryWritePendingUnsynchronized());
            if (_state != State.Broken && !isLost && _writtenBytes != 0)
            {
                (_sendingBytes, _sendingCharge) = (_writtenBytes, _writtenCharge);
                DropWrittenUnsynchronized();
                return true;
            }
            if (!isLost)
            {
                _isFlushing = false;
                if (_state == State.Ending)
                {
                    _state = State.Ended;
                    ended = _ended;
                }
            }
        }
        if (isLost)
            Break();
        ended?.TrySetResult(true);
        return false;
    }

    private bool TryWritePendingUnsynchronized()
    {
        // A slice may end within a frame.
        if (_begunBytes == 0)
            _begunBytes = PendingBytes;
        var slice = Math.Min(_begunBytes, SliceBytes);
        if (!TryWriteThroughUnsynchronized(_pending.AsSpan(_pendingOffset, slice)))
            return false;
        _pendingOffset += slice;
        _begunBytes -= slice;
        if (_pendingOffset == _pendingEnd)
            DropPendingUnsynchronized();
        return true;
    }

    /// <summary>Flushes. False where that is not done yet, and goes on by itself, or cannot be done.</summary>
    private bool TrySend(out FlushResult result)
    {
        result = default;
        try
        {
            var flush = _output.FlushAsync();
            if (!flush.IsCompleted)
            {
                Charge(_sendingCharge);
                (_pendingFlush ??= new PendingFlush(this)).Await(flush);
                return false;
            }
            result = flush.Result;
            return true;
        }
        catch (Exception)
        {
            // The pipe was completed, or completed with an error: what ended the connection is known to its read loop.
            Break();
            return false;
        }
    }

    /// <summary>Notes that the transport took the slice; tells those who wait for room.</summary>
    private bool OnFlushed(FlushResult result)
    {
        if (result.IsCompleted || result.IsCanceled || _state == State.Broken)
        {
            Break();
            return false;
        }

        var drained = false;
        TaskCompletionSource? reader = null;
        lock (_lock)
        {
            _sendingBytes = 0;
            _takenAt = _budget.Clock.Now;
            var waiting = WaitingBytesUnsynchronized;
            if (_hasRefused && waiting < Math.Max(1, _budget.LowerMark / 2))
            {
                _hasRefused = false;
                drained = true;
            }
            if (waiting <= _budget.UpperMark / 2)
                reader = TakeReaderUnsynchronized();
        }
        reader?.TrySetResult();
        if (drained)
            _owner.OnDrained();
        return true;
    }

    private void Break()
    {
        TaskCompletionSource? reader;
        TaskCompletionSource<bool>? ended;
        bool wasOpen;
        lock (_lock)
        {
            wasOpen = _state == State.Open;
            _state = State.Broken;
            _isFlushing = false;
            _hasRefused = false;
            _sendingBytes = 0;
            DropWrittenUnsynchronized();
            DropPendingUnsynchronized();
            reader = TakeReaderUnsynchronized();
            ended = _ended;
        }
        reader?.TrySetResult();
        ended?.TrySetResult(false);
        if (wasOpen)
            _owner.OnClosed();
        _owner.OnBroken();
    }

    /// <summary>Goes on when a flush that waits for the peer completes. Made for the first such flush, then used again.</summary>
    private sealed class PendingFlush
    {
        private readonly Outbox _outbox;
        private readonly Action _completed;
        private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;

        public PendingFlush(Outbox outbox)
        {
            _outbox = outbox;
            _completed = OnCompleted;
        }

        public void Await(ValueTask<FlushResult> flush)
        {
            _flush = flush.ConfigureAwait(false).GetAwaiter();
            _flush.UnsafeOnCompleted(_completed);
        }

        private void OnCompleted()
        {
            FlushResult result;
            _outbox.Release(_outbox._sendingCharge);
            try
            {
                result = _flush.GetResult();
            }
            catch (Exception)
            {
                _outbox.Break();
                return;
            }
            if (_outbox.OnFlushed(result))
                _outbox.Run();
        }
    }
}
