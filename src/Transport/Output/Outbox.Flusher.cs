using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Wire.Transport.Output;

/// <summary>The flusher: one at a time, on the thread that called <see cref="Flush"/> or, behind a slow peer, on the pool.</summary>
internal sealed partial class Outbox : IThreadPoolWorkItem
{
    // One flush carries at most so much: the transport's own buffers are as large, and the peer's progress shows at this grain.
    private const int MaxSliceBytes = 64 * 1024;

    // A worker that flushes for a connection that others keep writing to is let go after so many rounds.
    private const int MaxRoundsOnCaller = 8;

    // Of the flusher alone.
    private byte[]? _sending;
    private int _sendingOffset;
    private int _sendingEnd;
    private int _slice;
    private PendingFlush? _pendingFlush;

    public void Flush()
    {
        lock (_lock)
        {
            if (_isFlushing || _pendingBytes == 0 || _state == State.Broken)
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
            if (_sendingOffset == _sendingEnd && !TryTakePending())
                return;
            if (!TrySendSlice(out var result) || !OnFlushed(result))
                return;
        }
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>Takes what has gathered; gives up being the flusher where nothing has.</summary>
    private bool TryTakePending()
    {
        TaskCompletionSource<bool>? ended = null;
        lock (_lock)
        {
            if (_state != State.Broken && _pendingBytes != 0)
            {
                _sending = _pending;
                _sendingEnd = _sendingBytes = _pendingBytes;
                _sendingOffset = 0;
                _pending = null;
                _pendingBytes = 0;
                return true;
            }
            _isFlushing = false;
            if (_state == State.Ending)
            {
                _state = State.Ended;
                ended = _ended;
            }
        }
        ended?.TrySetResult(true);
        return false;
    }

    /// <summary>Sends one slice. False where that is not done yet, and goes on by itself, or cannot be done.</summary>
    private bool TrySendSlice(out FlushResult result)
    {
        result = default;
        try
        {
            _slice = Math.Min(_sendingEnd - _sendingOffset, Math.Min(MaxSliceBytes, _budget.UpperMark));
            _output.Write(_sending.AsSpan(_sendingOffset, _slice));
            _sendingOffset += _slice;
            if (_sendingOffset == _sendingEnd)
                ReturnSending();

            var flush = _output.FlushAsync();
            if (!flush.IsCompleted)
            {
                Charge(_slice);
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
            _sendingBytes -= _slice;
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
        ReturnSending();
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

    private void ReturnSending()
    {
        if (_sending is not null)
            Return(_sending);
        _sending = null;
        _sendingOffset = _sendingEnd = 0;
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
            _outbox.Release(_outbox._slice);
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
