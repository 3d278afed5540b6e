using System.Buffers;
using Wire.Framing;
using Wire.Log;
using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>
/// A connection that follows a session. The session's worker owns it; while it is catching up, the connection's pump feeds it,
/// and its messages are written under its lock, so that none follows its end.
/// </summary>
internal sealed partial class Subscription : PumpWork
{
    private const int ChunkBytes = 64 * 1024;

    private readonly Lock _lock = new();
    private readonly SessionWorker _worker;
    private readonly CaughtUp _caughtUp;
    private StoredRange _range;

    // Where the pump stands in the log. Given up when the outbox refuses: a reader that is stalled holds nothing.
    private ChainPath? _path;

    public Subscription(Session session, SessionBatch batch, SessionWorker worker, ulong from)
    {
        Session = session;
        Batch = batch;
        From = from;
        _worker = worker;
        _caughtUp = new CaughtUp(this);
    }

    public Session Session { get; }

    /// <summary>Of the connection that follows, at this worker.</summary>
    public SessionBatch Batch { get; }

    /// <summary>What was asked for; 0: from the head on.</summary>
    public ulong From { get; }

    public SubscriptionState State { get; set; }

    /// <summary>The next sequence to be sent. The pump's while catching up, else the worker's.</summary>
    public ulong Next { get; set; }

    /// <summary>Goes on from the log, up to what is stored now; then the worker is asked again. Called by the worker.</summary>
    public void CatchUp(in StoredRange range)
    {
        State = SubscriptionState.CatchingUp;
        _range = range;
        Batch.Connection.Pump.Add(this);
    }

    /// <summary>After it returns, no message of this subscription is written any more. Called by the worker.</summary>
    public void End()
    {
        lock (_lock)
            State = SubscriptionState.Ended;
    }

    /// <inheritdoc />
    public override PumpResult Run(IOutbox outbox, ILogReader reader)
    {
        var size = Math.Min(ChunkBytes, outbox.MessageMark);
        var chunk = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var status = Fill(reader, ref chunk, size, out var written, out var next);
            if (written > 0)
            {
                lock (_lock)
                {
                    if (State == SubscriptionState.Ended)
                        return PumpResult.Done;
                    if (!outbox.TryWrite(chunk.AsSpan(0, written)))
                    {
                        _path = null;
                        return PumpResult.Refused;
                    }
                }
                Next = next;
            }
            if (status == LogReadStatus.Found && Next <= _range.Head)
                return PumpResult.More;
            _path = null;
            _caughtUp.IsDamaged = status != LogReadStatus.Found;
            _worker.Post(_caughtUp);
            return PumpResult.Done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    // Encodes what follows, up to the size; a single larger message is taken alone.
    private LogReadStatus Fill(ILogReader reader, ref byte[] chunk, int size, out int written, out ulong next)
    {
        written = 0;
        next = Next;
        var node = Batch.Connection.Engine.Options.NodeId;
        var goesOn = _path is not null;
        var walk = new ChainWalk(reader, _path ??= new ChainPath(_range.Tail));
        var status = goesOn ? LogReadStatus.Found : walk.Seek(next);
        while (next <= _range.Head)
        {
            ReadOnlySpan<byte> record = default;
            if (status == LogReadStatus.Found)
                status = walk.Next(next, out record);
            if (status == LogReadStatus.Damaged)
                break;
            var first = status == LogReadStatus.Retired ? _range.Head + 1 : new RecordHeader(record).FirstSequence;
            if (first > next)
            {
                // Retention has overtaken it: what is still there begins later.
                if (written + FrameWriter.MaxSubscribedBytes > size)
                    return LogReadStatus.Found;
                written += FrameWriter.WriteSubscribed(chunk.AsSpan(written), Session.Id, first, _range.Head);
                next = first;
            }
            if (status == LogReadStatus.Retired)
                return LogReadStatus.Found;
            var encoder = new MessageEncoder(record, node);
            while (encoder.MoveNext())
            {
                if (encoder.Sequence < next)
                    continue;
                var frame = encoder.FrameSize;
                if (written + frame > size)
                {
                    if (written > 0)
                        return LogReadStatus.Found;
                    ArrayPool<byte>.Shared.Return(chunk);
                    chunk = ArrayPool<byte>.Shared.Rent(frame);
                }
                written += encoder.WriteFrame(chunk.AsSpan(written));
                next = encoder.Sequence + 1;
            }
            if (encoder.IsBroken)
                status = LogReadStatus.Damaged;
        }
        return written > 0 ? LogReadStatus.Found : status; // what was read before the damage is sent first
    }

    private sealed class CaughtUp(Subscription subscription) : WorkerSignal
    {
        public bool IsDamaged { get; set; }

        public override void Run(SessionWorker worker)
        {
            if (IsDamaged)
                worker.OnDamaged(subscription);
            else
                SessionWorker.OnCaughtUp(subscription);
        }
    }
}
