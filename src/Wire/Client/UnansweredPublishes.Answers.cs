using System.Runtime.InteropServices;
using Wire.Protocol;

namespace Wire.Client;

internal sealed partial class UnansweredPublishes
{
    // Of the thread that takes the answers.
    private readonly List<Settlement> _settled = [];
    private readonly List<PublishPipeline> _touched = [];
    private readonly List<(PublishPipeline Pipeline, ulong PublishId, Exception? Exception)> _roomGiven = [];

    /// <summary>Settles what an Ack answers. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Acknowledge(
        ReadOnlySpan<byte> sessionUtf8, ulong publishId, ulong sequence, uint count, bool duplicate, Durability durability)
    {
        lock (_gate)
        {
            if (!_sessionsByUtf8.TryGetValue(sessionUtf8, out var session) || !session.SentRangeEndsWith(count, publishId))
                return $"an Ack for {count} publishes up to {publishId}, which are not the oldest unanswered ones of a session";
            if (sequence == 0 || (!duplicate && sequence < count))
                return $"an Ack for {count} publishes with sequence {sequence}";
            if (durability is not (Durability.Memory or Durability.Disk))
                return $"an Ack with durability {(int)durability}";
            if (session.FirstOfAnotherLevel((int)count, durability) is >= 0 and var other)
                return $"an Ack of level {durability} for publish {session[other].PublishId}, which asked for {session[other].Durability}";

            for (var i = 0; i < (int)count; i++)
                AcknowledgeUnsynchronized(session, ref session[i], duplicate ? sequence : sequence - count + (ulong)i + 1, duplicate, durability);
            session.RemoveOldestSent((int)count);
            _onTheWire -= (int)count;
            PlaceUnsynchronized(session);
        }
        _queue?.Answered(sessionUtf8, publishId);
        TellSettled();
        return null;
    }

    /// <summary>Settles what a non-fatal Error answers. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Refuse(ReadOnlySpan<byte> sessionUtf8, Error error)
    {
        byte[] answered;
        lock (_gate)
        {
            // A session_id that the server holds for invalid is not repeated in the Error.
            var session = sessionUtf8.IsEmpty
                ? _sessions.Values.FirstOrDefault(candidate => candidate.IsOldestSent(error.PublishId))
                : _sessionsByUtf8.TryGetValue(sessionUtf8, out var named) && named.IsOldestSent(error.PublishId) ? named : null;
            if (session is null)
                return $"an Error for publish {error.PublishId}, which is not the oldest unanswered one of a session";

            ref var entry = ref session[0];
            var refusal = new WirePublishException(
                error.Code,
                $"The publish was refused: {error.Code}{(error.Detail.Length == 0 ? "" : ", " + error.Detail)}.",
                session.SessionId,
                entry.PublishId,
                error.HeadSequence);
            if (entry.Call is not { IsSettled: true })
                _settled.Add(Settlement.Of(ref entry, refusal));
            SettleUnsynchronized(ref entry);
            session.RemoveOldestSent(1);
            _onTheWire--;
            PlaceUnsynchronized(session);
            answered = session.Utf8;
        }
        _queue?.Answered(answered, error.PublishId);
        TellSettled();
        return null;
    }

    /// <summary>
    /// All answers of a read are taken: who waited for room or for answers goes on. Once a read, and not once an answer, so that
    /// a caller has more than one publish to make when it is woken.
    /// </summary>
    public void AnswersTaken()
    {
        if (_touched.Count == 0)
            return;
        lock (_gate)
        {
            foreach (var pipeline in _touched)
            {
                pipeline.IsTouched = false;
                pipeline.ToldUnsynchronized();
                pipeline.EndFlushesUnsynchronized();
                if (pipeline.IsWaiting)
                    AdmitUnsynchronized(pipeline);
            }
        }
        _touched.Clear();

        foreach (var (pipeline, publishId, exception) in _roomGiven)
        {
            if (exception is null)
                pipeline.GiveRoom(publishId);
            else
                pipeline.RefuseRoom(exception);
        }
        _roomGiven.Clear();
    }

    private void AcknowledgeUnsynchronized(
        SessionPublishes session, ref PublishEntry entry, ulong sequence, bool duplicate, Durability durability)
    {
        if (entry.Call is { IsSettled: true })
            return;

        if (duplicate && entry is { Sends: 1, BringsId: false })
            _settled.Add(Settlement.Of(ref entry, IdUsedBefore(session.SessionId, entry.PublishId)));
        else if (entry.Call is not null || !TryExtendUnsynchronized(ref entry, sequence, duplicate))
            _settled.Add(new Settlement
            {
                Call = entry.Call,
                Pipeline = entry.Pipeline,
                Answer = new PublishAnswer(entry.PublishId, entry.PublishId, 1, sequence, duplicate, durability, null),
            });
        SettleUnsynchronized(ref entry);
    }

    /// <summary>
    /// Into the range before it, where that is of the same pipeline and ends right before: a call whose author has gone may
    /// lie between them.
    /// </summary>
    private bool TryExtendUnsynchronized(ref PublishEntry entry, ulong sequence, bool duplicate)
    {
        if (_settled.Count == 0)
            return false;
        ref var last = ref CollectionsMarshal.AsSpan(_settled)[^1];
        if (last.Pipeline != entry.Pipeline || last.Answer.Refusal is not null || (!duplicate && last.Answer.Sequence + 1 != sequence))
            return false;
        last.Answer = last.Answer with { LastPublishId = entry.PublishId, Count = last.Answer.Count + 1, Sequence = sequence };
        return true;
    }

    /// <summary>It is off the line, or about to be: its memory goes back, and its answer is somebody's.</summary>
    private void SettleUnsynchronized(ref PublishEntry entry)
    {
        if (entry.Call is { } call)
        {
            call.IsSettled = true;
            return;
        }

        var pipeline = entry.Pipeline!;
        pipeline.AnsweredUnsynchronized(ref entry);
        if (!pipeline.IsTouched)
        {
            pipeline.IsTouched = true;
            _touched.Add(pipeline);
        }
    }

    private void TellSettled()
    {
        foreach (ref readonly var settlement in CollectionsMarshal.AsSpan(_settled))
            settlement.Tell();
        _settled.Clear();
    }

    private static WirePublishException IdUsedBefore(string sessionId, ulong publishId) => new(
        ErrorCode.InvalidArgument,
        "The publish was not stored: the server holds a higher publish_id of this client_id in the session. "
        + "The clock of this machine, from which the ids begin, went back, or something else publishes under the same client_id.",
        sessionId,
        publishId);
}
