using Wire.Protocol;

namespace Wire.Conformance.Judging;

/// <summary>The subscriptions and fetches of one connection, and what may come on them.</summary>
internal sealed class FollowLedger(SessionWitness witness)
{
    private readonly Dictionary<string, Queue<Subscribe>> _asked = [];
    private readonly Dictionary<string, Following> _following = [];
    private readonly List<(Fetch Fetch, ulong StoredBefore)> _fetches = [];

    internal void Sent(Subscribe subscribe)
    {
        if (!_asked.TryGetValue(subscribe.SessionId, out var queue))
        {
            _asked.Add(subscribe.SessionId, queue = new Queue<Subscribe>());
        }

        queue.Enqueue(subscribe);
    }

    internal void Sent(Fetch fetch, ulong storedBefore) => _fetches.Add((fetch, storedBefore));

    internal string? Subscribed(Subscribed answer)
    {
        if (answer.FirstSequence > answer.HeadSequence + 1)
        {
            return "the first sequence is beyond head + 1";
        }

        if (_asked.TryGetValue(answer.SessionId, out var queue) && queue.TryDequeue(out var subscribe))
        {
            var next = subscribe.FromSequence == 0
                ? answer.HeadSequence + 1
                : Math.Max(subscribe.FromSequence, answer.FirstSequence);
            _following[answer.SessionId] = new Following { Next = next };
            return null;
        }

        // Without a Subscribe of its own: retention has overtaken the subscriber.
        if (!_following.TryGetValue(answer.SessionId, out var following) || answer.FirstSequence <= following.Next)
        {
            return "a Subscribed answers no Subscribe";
        }

        following.Next = answer.FirstSequence;
        return null;
    }

    internal string? Followed(Message message)
    {
        if (!_following.TryGetValue(message.SessionId, out var following))
        {
            return "a Message came for a session that is not followed";
        }

        if (message.Sequence != following.Next)
        {
            return $"a Message came where sequence {following.Next} is next";
        }

        following.Next++;
        return witness.Shown(message);
    }

    internal string? Paged(Page page)
    {
        var at = _fetches.FindIndex(one => one.Fetch.RequestId == page.RequestId);
        if (at < 0)
        {
            return "a Page answers no Fetch";
        }

        var (fetch, storedBefore) = _fetches[at];
        _fetches.RemoveAt(at);
        if (page.SessionId != fetch.SessionId)
        {
            return $"a Page is of another session than was asked, {fetch.SessionId}";
        }

        if (page.HeadSequence < storedBefore)
        {
            return $"a Page's head is behind sequence {storedBefore}, which this connection has stored";
        }

        return OutOfPlace(page, fetch) ?? page.Messages.Select(witness.Shown).FirstOrDefault(fault => fault is not null);
    }

    internal string? FetchRefused(Error error)
    {
        var at = _fetches.FindIndex(one => one.Fetch.RequestId == error.RequestId);
        if (at < 0)
        {
            return "an Error answers no Fetch";
        }

        _fetches.RemoveAt(at);
        return null;
    }

    internal string? SubscribeRefused(Error error)
    {
        if (_asked.TryGetValue(error.SessionId, out var queue) && queue.TryDequeue(out _))
        {
            return null;
        }

        // DATA_LOSS ends a subscription long after its Subscribed.
        return error.Code == ErrorCode.DataLoss && _following.Remove(error.SessionId)
            ? null
            : "an Error names a session, but no publish or Subscribe is unanswered there";
    }

    private static string? OutOfPlace(Page page, Fetch fetch)
    {
        var limit = fetch.Limit == 0 ? 50 : fetch.Limit;
        if (page.Messages.Count > limit)
        {
            return $"a Page has {page.Messages.Count} messages where {limit} were asked";
        }

        for (var i = 0; i < page.Messages.Count; i++)
        {
            var message = page.Messages[i];
            if (message.SessionId != page.SessionId || message.Sequence != page.Messages[0].Sequence + (ulong)i)
            {
                return $"the Page's messages are not consecutive at {i}";
            }
        }

        // With a retained range [first, head]; where first is head + 1 nothing is retained, and both are 0 for no session.
        var (first, head) = (page.FirstSequence, page.HeadSequence);
        var from = fetch.FromSequence;
        var edge = fetch.Backward ? (from == 0 || from > head ? head : from) : Math.Max(from, first);
        var exists = head > 0 && first <= head && edge >= first && edge <= head;
        if (!exists)
        {
            return page.Messages.Count == 0 ? null : "a Page has messages outside the session's range";
        }

        if (page.Messages.Count == 0)
        {
            return "a Page is empty where there is a message";
        }

        var found = fetch.Backward ? page.Messages[^1].Sequence : page.Messages[0].Sequence;
        return found != edge ? $"the Page {(fetch.Backward ? "ends" : "begins")} at {found} and not at {edge}"
            : page.Messages[0].Sequence < first || page.Messages[^1].Sequence > head ? "a Page goes beyond the session's range"
            : null;
    }

    private sealed class Following
    {
        internal required ulong Next { get; set; }
    }
}
