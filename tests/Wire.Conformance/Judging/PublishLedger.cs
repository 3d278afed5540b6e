using Wire.Protocol;

namespace Wire.Conformance.Judging;

/// <summary>The publishes of one connection that have no answer yet, and what each answer may say about them.</summary>
internal sealed class PublishLedger(SessionWitness witness)
{
    private readonly Dictionary<string, Queue<Publish>> _unanswered = [];
    private readonly Dictionary<string, ulong> _stored = [];
    private Durability _default;

    internal void Sent(Publish publish)
    {
        if (!_unanswered.TryGetValue(publish.SessionId, out var queue))
        {
            _unanswered.Add(publish.SessionId, queue = new Queue<Publish>());
        }

        queue.Enqueue(publish);
    }

    /// <summary>The highest sequence that an Ack on this connection has named in the session.</summary>
    internal ulong Stored(string session) => _stored.GetValueOrDefault(session);

    internal IReadOnlyList<Publish> Unanswered() => [.. _unanswered.Values.SelectMany(queue => queue)];

    internal string? Acknowledged(string client, Ack ack)
    {
        if (ack.Count == 0 || ack.PublishId == 0 || ack.Sequence == 0)
        {
            return "an Ack names no publish";
        }

        if (ack.Durability is not (Durability.Memory or Durability.Disk))
        {
            return "an Ack does not say its level";
        }

        if (!_unanswered.TryGetValue(ack.SessionId, out var queue) || queue.Count < ack.Count)
        {
            return $"an Ack covers {ack.Count} publishes where {queue?.Count ?? 0} are unanswered";
        }

        if (!ack.Duplicate && ack.Sequence < ack.Count)
        {
            return "an Ack's range begins below sequence 1";
        }

        _stored[ack.SessionId] = Math.Max(Stored(ack.SessionId), ack.Sequence);
        for (var left = ack.Count; left > 0; left--)
        {
            var publish = queue.Dequeue();
            var asked = publish.Durability == Durability.Default && _default != Durability.Default
                ? _default
                : publish.Durability;
            if (asked == Durability.Default)
            {
                _default = ack.Durability;
            }
            else if (asked != ack.Durability)
            {
                return $"an Ack at one level covers publish {publish.PublishId}, which asked for another";
            }

            if (left == 1 && publish.PublishId != ack.PublishId)
            {
                return $"an Ack of {ack.Count} ends with publish {ack.PublishId}, but the oldest {ack.Count} unanswered end "
                    + $"with {publish.PublishId}";
            }

            if (!ack.Duplicate && witness.Acknowledged(client, publish, ack.Sequence - left + 1, ack.Durability) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Whether the Error answers a publish; <paramref name="fault"/> then says what is wrong with it.</summary>
    internal bool Refused(Error error, out string? fault)
    {
        fault = null;

        // Where the session's id is not one, the Error cannot repeat it: the publish is found by its own id.
        var session = error.SessionId.Length > 0 || error.PublishId == 0
            ? error.SessionId
            : _unanswered.FirstOrDefault(one => one.Value.Any(publish => publish.PublishId == error.PublishId)).Key;
        if (session is null || !_unanswered.TryGetValue(session, out var queue) || queue.Count == 0)
        {
            if (error.PublishId != 0 && !error.Fatal && error.SessionId.Length > 0)
            {
                fault = "an Error answers a publish that is not unanswered";
            }

            return error.PublishId != 0;
        }

        if (queue.Peek().PublishId != error.PublishId)
        {
            fault = error.PublishId == 0
                ? null
                : $"an Error answers publish {error.PublishId} before publish {queue.Peek().PublishId}, which was sent first";
            return error.PublishId != 0;
        }

        queue.Dequeue();
        return true;
    }
}
