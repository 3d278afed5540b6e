using Wire.Framing;
using Wire.Log;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

internal sealed partial class SessionWorker
{
    /// <summary>What one session's runs may take of the ring while they wait behind the gate.</summary>
    private const int MaxRingBytesOfSession = 1024 * 1024;

    /// <summary>Sessions that one connection may follow; finite, since each costs memory.</summary>
    internal const int MaxSubscriptionsOfConnection = 10_000;

    private readonly DeliveryRing _ring;

    private void TakeCommand(Session session, SessionBatch batch, ClientFrame command)
    {
        // What a Page or a Subscribed shows is on stable storage, with all that this connection stored before.
        var end = session.DurableHead < session.Head ? session.TailEnd : 0;
        switch (command.BodyCase)
        {
            case ClientFrame.BodyOneofCase.Fetch when end == 0:
                StartFetch(session, batch, command.Fetch);
                break;
            case ClientFrame.BodyOneofCase.Fetch:
                Enqueue(PendingKind.Fetch, session, batch, end).Fetch = command.Fetch;
                break;
            case ClientFrame.BodyOneofCase.Subscribe when batch.Subscriptions?.Count >= MaxSubscriptionsOfConnection:
                Refuse(session, batch, 0, TooManySubscriptions(), 0);
                break;
            case ClientFrame.BodyOneofCase.Subscribe:
                var subscription = new Subscription(session, batch, this, command.Subscribe.FromSequence);
                (session.Subscriptions ??= []).Add(subscription);
                (batch.Subscriptions ??= []).Add(subscription);
                if (end == 0 && session.Pending == 0) // else an older Subscribe may still wait
                    StartSubscription(session, subscription);
                else
                    Enqueue(PendingKind.Subscribe, session, batch, end).Subscription = subscription;
                break;
            case ClientFrame.BodyOneofCase.Unsubscribe:
                EndSubscriptions(session, batch, before: null);
                break;
            case ClientFrame.BodyOneofCase.Signal:
                Relay(session, batch, command.Signal);
                break;
            case ClientFrame.BodyOneofCase.Stop:
                StopReply(session, command.Stop.InReplyTo);
                break;
        }
    }

    private void StartFetch(Session session, SessionBatch batch, ClientFetch fetch) =>
        batch.Connection.Pump.Add(new PageRead(batch.Connection, session.Id, fetch, session.IsDamaged,
            new StoredRange(session.First, session.DurableHead, session.DurableTail)));

    private void StartSubscription(Session session, Subscription subscription)
    {
        var batch = subscription.Batch;
        if (subscription.State != SubscriptionState.Ended)
            EndSubscriptions(session, batch, before: subscription);
        if (session.IsDamaged)
        {
            if (subscription.State != SubscriptionState.Ended)
                EndSubscription(subscription);
            var error = DataLoss();
            error.SessionId = System.Text.Encoding.UTF8.GetString(session.Id);
            WriteError(batch, error);
            return;
        }

        Span<byte> subscribed = stackalloc byte[FrameWriter.MaxSubscribedBytes];
        var length = FrameWriter.WriteSubscribed(subscribed, session.Id, session.DurableHead == 0 ? 0 : session.First, session.DurableHead);
        batch.Connection.Outbox.Write(subscribed[..length]);
        Touch(batch);
        batch.Connection.Answered(1);
        if (subscription.State == SubscriptionState.Ended)
            return;

        subscription.Next = subscription.From == 0 ? session.DurableHead + 1 : Math.Max(subscription.From, Math.Max(session.First, 1));
        Continue(subscription);
        ShowReplyInTheMaking(subscription);
    }

    /// <summary>A subscription that was fed from the log has come to the end of what it was told of.</summary>
    public static void OnCaughtUp(Subscription subscription)
    {
        if (subscription.State != SubscriptionState.Ended)
            Continue(subscription);
    }

    /// <summary>A subscription met damaged data: it ends.</summary>
    public void OnDamaged(Subscription subscription)
    {
        if (subscription.State == SubscriptionState.Ended)
            return;
        EndSubscription(subscription);
        var error = DataLoss();
        error.SessionId = System.Text.Encoding.UTF8.GetString(subscription.Session.Id);
        subscription.Batch.Connection.Outbox.WriteFrame(new Frame { Error = error });
        Touch(subscription.Batch);
    }

    /// <summary>A connection has ended, and with it what it followed.</summary>
    public void OnDisconnected(SessionBatch batch)
    {
        if (batch.Subscriptions is null)
            return;
        foreach (var subscription in batch.Subscriptions)
        {
            subscription.End();
            subscription.Session.Subscriptions!.Remove(subscription);
            _freed++;
        }
        batch.Subscriptions.Clear();
    }

    // Under the worker's order nothing is released between this look at the durable head and the turn to live.
    private static void Continue(Subscription subscription)
    {
        var session = subscription.Session;
        if (subscription.Next > session.DurableHead)
        {
            subscription.State = SubscriptionState.Live;
            return;
        }
        subscription.CatchUp(new StoredRange(session.First, session.DurableHead, session.DurableTail));
    }

    // Ends what a connection follows of a session: all of it, or what is older than one subscription.
    private void EndSubscriptions(Session session, SessionBatch batch, Subscription? before)
    {
        if (session.Subscriptions is not { } subscriptions)
            return;
        for (var i = 0; i < subscriptions.Count && subscriptions[i] != before; i++)
        {
            if (subscriptions[i].Batch == batch)
                EndSubscription(subscriptions[i--]);
        }
    }

    private void EndSubscription(Subscription subscription)
    {
        subscription.End();
        subscription.Session.Subscriptions!.Remove(subscription);
        subscription.Batch.Subscriptions!.Remove(subscription);
        _freed++;
    }

    // Encodes the run's messages once for all who follow the session. 0 where there is no room: they are fed from the log then.
    private int EncodeForFollowers(Session session, ReadOnlySpan<byte> record)
    {
        var header = new RecordHeader(record);
        var worstCase = record.Length + header.Count * (FrameWriter.MaxMessageOverheadBytes - 2 * ProtocolLimits.MaxIdBytes
            + session.Id.Length + header.ClientId.Length);
        if (worstCase > MaxRingBytesOfSession - session.RingBytes)
            return 0;
        var destination = _ring.Reserve(worstCase);
        if (destination.IsEmpty)
            return 0;
        var written = MessageEncoder.EncodeFrames(record, _engine.Options.NodeId, destination);
        _ring.Commit(written);
        session.RingBytes += written;
        return written;
    }

    // A run is on stable storage: the session's durable head moves, and who follows it live gets its messages.
    private void OnDurable(in PendingRelease entry)
    {
        var session = entry.Session;
        var before = session.DurableHead;
        session.DurableHead = entry.Sequence;
        session.DurableTail = entry.Address;
        if (session.DurableHead == session.Head)
            session.TailEnd = 0;
        if (session.Subscriptions is { Count: > 0 } subscriptions)
            Deliver(subscriptions, before + 1, entry.Sequence, entry.RingBytes > 0 ? _ring.Peek(entry.RingBytes) : default);
        if (entry.RingBytes != 0)
        {
            session.RingBytes -= entry.RingBytes;
            _ring.Release(entry.RingBytes);
        }
        LookForTurn(session);
    }

    private void Deliver(List<Subscription> subscriptions, ulong first, ulong last, ReadOnlySpan<byte> frames)
    {
        foreach (var subscription in subscriptions)
        {
            if (subscription.State != SubscriptionState.Live || subscription.Next > last)
                continue;
            var skipped = subscription.Next > first ? (int)(subscription.Next - first) : 0;
            if (!frames.IsEmpty && subscription.Batch.Connection.Outbox.TryWrite(MessageEncoder.SkipFrames(frames, skipped)))
            {
                subscription.Next = last + 1;
                Touch(subscription.Batch);
            }
            else
            {
                Continue(subscription);
            }
        }
    }

    private void Relay(Session session, SessionBatch batch, ClientSignal signal)
    {
        if (signal.Payload.Length > ProtocolLimits.MaxSignalBytes || session.Subscriptions is not { Count: > 0 } subscriptions
            || !System.Text.Unicode.Utf8.IsValid(signal.Kind.Span) || signal.Kind.Length > ProtocolLimits.MaxSignalBytes)
            return;
        var connection = batch.Connection;
        var frame = new Frame
        {
            Signal = new Signal
            {
                SessionId = signal.SessionId.ToStringUtf8(),
                Kind = signal.Kind.ToStringUtf8(),
                Payload = signal.Payload,
                Sender = connection.ClientId,
                Role = connection.Role,
            },
        };
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        FrameWriter.Write(bytes, frame);
        foreach (var subscription in subscriptions)
        {
            if (subscription.Batch == batch || subscription.State == SubscriptionState.Opening)
                continue;
            // It may be dropped: a reader that is behind has no use for it.
            if (subscription.Batch.Connection.Outbox.TryWrite(bytes.WrittenSpan))
                Touch(subscription.Batch);
        }
    }

    private static Error TooManySubscriptions() => new()
    {
        Code = ErrorCode.RateLimited,
        Detail = "this connection follows as many sessions as one may",
        RetryAfterMs = 1000,
    };
}
