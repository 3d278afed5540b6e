using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// The replies in the making of one session, for one reader: takes the pieces as they come, and sees that they are true.
/// Belongs to <see cref="Subscriptions"/> and its lock.
/// </summary>
internal sealed class RepliesInMaking
{
    /// <summary>A session has one turn at a time; the rest is for what is over and may have pieces under way.</summary>
    private const int MaxKept = 16;

    private readonly List<ReplyInMaking> _replies = [];
    private readonly RecentIds _forgotten = new();

    /// <summary>Those of which more may come.</summary>
    public IEnumerable<ulong> Unfinished => _replies.Where(reply => !reply.IsDone).Select(reply => reply.ReplyId);

    /// <summary>Takes a piece. Returns what in it breaks the protocol, otherwise null.</summary>
    /// <param name="chunk">The piece.</param>
    /// <param name="hasRemains">
    /// Pieces of an earlier subscription to the session may be under way on this connection, and look like the present one's.
    /// </param>
    /// <param name="isBegun">Pieces of this reply have come on this connection and were for another reader, or for none.</param>
    /// <param name="maxBytes">The longest that a reply may be.</param>
    /// <param name="changed">The reply that there is more of; null where the piece is passed over.</param>
    public string? Receive(Chunk chunk, bool hasRemains, bool isBegun, int maxBytes, out ReplyInMaking? changed)
    {
        changed = null;
        var reply = _replies.Find(reply => reply.ReplyId == chunk.ReplyId);
        if (reply is null)
        {
            if (!chunk.Snapshot && (isBegun || _forgotten.Contains(chunk.ReplyId)))
                return null; // it goes on from what this reader has not got
            reply = Begin(chunk);
        }
        else if (reply.IsSuperseded)
        {
            return null;
        }
        else if (Fault(reply, chunk) is { } fault)
        {
            if (!hasRemains)
                return $"chunk {chunk.Index} of reply {chunk.ReplyId} {fault}";

            // A renewed subscription begins with all of the text, and counts from anew; any other piece is of the one before,
            // and what comes behind a piece that is passed over has nothing to go on from.
            if (!chunk.Snapshot || reply.IsDone || chunk.InReplyTo != reply.InReplyTo)
            {
                reply.IsBroken = true;
                return null;
            }
        }

        var before = chunk.Snapshot ? 0 : reply.Bytes;
        if ((long)before + chunk.Text.Length > maxBytes)
            return $"a reply {chunk.ReplyId} of more than {maxBytes} bytes";
        reply.Add(chunk);
        changed = reply;
        return null;
    }

    /// <summary>What the reader has not got yet of any of them: one update each.</summary>
    public List<ReplyUpdate> Take()
    {
        var updates = new List<ReplyUpdate>();
        foreach (var reply in _replies)
        {
            if (reply.HasNews)
                updates.Add(reply.Take());
        }
        return updates;
    }

    /// <summary>The connection is gone: what comes on the next one begins with a snapshot.</summary>
    public void ConnectionLost()
    {
        foreach (var reply in _replies)
            reply.IsBroken = true;
    }

    private static string? Fault(ReplyInMaking reply, Chunk chunk)
    {
        if (chunk.InReplyTo != reply.InReplyTo)
            return $"answers {chunk.InReplyTo}, and {reply.InReplyTo} before";
        if (reply.IsDone)
            return reply.IsBroken && chunk.Snapshot && chunk.Done ? null : "came after its last";
        if (reply.IsBroken)
            return chunk.Snapshot ? null : "goes on from another connection";
        return chunk.Index > reply.Index ? null : $"where more than {reply.Index} was due";
    }

    private ReplyInMaking Begin(Chunk chunk)
    {
        foreach (var other in _replies)
        {
            if (other.InReplyTo == chunk.InReplyTo)
                other.Supersede();
        }
        if (_replies.Count == MaxKept)
        {
            var oldest = Math.Max(0, _replies.FindIndex(reply => !reply.HasNews && (reply.IsDone || reply.IsSuperseded)));
            _forgotten.Add(_replies[oldest].ReplyId);
            _replies[oldest].Supersede();
            _replies.RemoveAt(oldest);
        }
        var reply = new ReplyInMaking(chunk.ReplyId, chunk.InReplyTo);
        _replies.Add(reply);
        return reply;
    }
}
