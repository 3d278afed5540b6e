using System.Buffers;
using System.Text;
using Wire.Framing;
using Wire.Handlers;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Subscriptions;

// The reply in the making, as one follower sees it.
internal sealed partial class Subscription
{
    private ChunkFeed? _chunks;

    /// <summary>
    /// Sends what is new of a reply to this follower. Where the outbox refuses, the connection's pump sends it, with all that
    /// has come by then: a slow reader gets larger chunks, and holds nothing but the reply. Called by the worker.
    /// </summary>
    /// <param name="turn">Whose reply it is.</param>
    /// <param name="joinsLate">Whether others have seen of it before.</param>
    public void SendChunk(Turn turn, bool joinsLate)
    {
        var outbox = Batch.Connection.Outbox;
        bool isRefused;
        lock (_lock)
        {
            _chunks ??= new ChunkFeed(this);
            _chunks.ShowUnsynchronized(turn, joinsLate);
            isRefused = !_chunks.IsWaiting && !_chunks.TrySendUnsynchronized(outbox);
            _chunks.IsWaiting |= isRefused;
        }
        if (isRefused)
            Batch.Connection.Pump.Add(_chunks);
    }

    /// <summary>What this follower has seen of the reply. Under the subscription's lock.</summary>
    private sealed class ChunkFeed(Subscription subscription) : PumpWork
    {
        private Turn? _turn;
        private bool _isSnapshot;
        private int _offset;
        private uint _nextIndex;

        /// <summary>Whether the pump has it in hand.</summary>
        public bool IsWaiting { get; set; }

        /// <inheritdoc />
        public override PumpResult Run(IOutbox outbox, ILogReader reader)
        {
            lock (subscription._lock)
            {
                if (!TrySendUnsynchronized(outbox))
                    return PumpResult.Refused;
                IsWaiting = false;
                return PumpResult.Done;
            }
        }

        /// <summary>A newer reply takes the place of one that was still to be sent: what that became is in the log.</summary>
        public void ShowUnsynchronized(Turn turn, bool joinsLate)
        {
            if (_turn == turn)
                return;
            (_turn, _isSnapshot, _offset, _nextIndex) = (turn, joinsLate, 0, 0);
        }

        public bool TrySendUnsynchronized(IOutbox outbox)
        {
            if (_turn is not { } turn || subscription.State == SubscriptionState.Ended)
                return true;
            var isDone = turn.IsDone; // before the text: what is done does not grow
            var text = turn.LookAtText();
            if (!isDone && text.Length == _offset)
                return true;

            var chunk = new Chunk
            {
                SessionId = Encoding.UTF8.GetString(turn.SessionId),
                ReplyId = turn.ReplyId,
                Index = Math.Max(turn.ChunkNumber - 1, _nextIndex), // the first one of all is 0
                Text = Encoding.UTF8.GetString(text.Span[_offset..]),
                InReplyTo = turn.Through,
                Snapshot = _isSnapshot,
            };
            if (isDone)
                (chunk.Done, chunk.Sequence, chunk.Finish) = (true, turn.StoredAt, turn.Finish);
            var frame = new ArrayBufferWriter<byte>();
            FrameWriter.Write(frame, new Frame { Chunk = chunk });
            if (!outbox.TryWrite(frame.WrittenSpan))
                return false;
            (_isSnapshot, _offset, _nextIndex) = (false, text.Length, chunk.Index + 1);
            if (isDone)
                _turn = null;
            return true;
        }
    }
}
