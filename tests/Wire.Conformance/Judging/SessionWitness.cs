using Wire.Protocol;

namespace Wire.Conformance.Judging;

/// <summary>
/// Remembers what a host has said about sessions on all connections of a test, and finds contradictions: a message that
/// changes, an id or a time that falls, an acknowledged publish that is not where its Ack said. Thread-safe.
/// </summary>
public sealed class SessionWitness
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Seen> _sessions = [];

    /// <summary>A Message was shown. Returns what contradicts what was said before, or null.</summary>
    public string? Shown(Message message)
    {
        lock (_gate)
        {
            var session = SessionUnsynchronized(message.SessionId);
            if (session.Messages.TryGetValue(message.Sequence, out var before))
            {
                return before.Equals(message) ? null : $"{At(message)} differs from what was shown before: {before}";
            }

            session.Messages.Add(message.Sequence, message);
            return message.Sequence == 0 ? $"{message.SessionId} shows sequence 0"
                : session.Acks.TryGetValue(message.Sequence, out var ack) ? ack.Contradiction(message)
                : null;
        }
    }

    /// <summary>A publish was acknowledged, not as a duplicate. Returns what contradicts what was said before, or null.</summary>
    public string? Acknowledged(string client, Publish publish, ulong sequence, Durability durability)
    {
        lock (_gate)
        {
            var session = SessionUnsynchronized(publish.SessionId);
            var ack = new Acknowledgement(client, publish, durability);
            if (!session.Acks.TryAdd(sequence, ack))
            {
                return $"sequence {sequence} of {publish.SessionId} was acknowledged to two publishes: "
                    + $"{session.Acks[sequence]} and {ack}";
            }

            return session.Messages.TryGetValue(sequence, out var shown) ? ack.Contradiction(shown) : null;
        }
    }

    /// <summary>The host was killed: sequences acknowledged at level MEMORY may go to other messages now.</summary>
    public void HostCrashed()
    {
        lock (_gate)
        {
            foreach (var session in _sessions.Values)
            {
                foreach (var (sequence, ack) in session.Acks.ToList())
                {
                    if (ack.Durability != Durability.Disk)
                    {
                        session.Acks.Remove(sequence);
                    }
                }
            }
        }
    }

    /// <summary>Checks what needs the whole: ids and times never fall along the sequences of a session, ids are unique.</summary>
    public IEnumerable<string> Contradictions()
    {
        lock (_gate)
        {
            var faults = new List<string>();
            var ids = new Dictionary<ulong, Message>();
            foreach (var session in _sessions.Values)
            {
                Message? last = null;
                foreach (var message in session.Messages.Values)
                {
                    if (last is not null && message.Id <= last.Id)
                    {
                        faults.Add($"{At(message)} has id {message.Id}, not above {last.Id} of sequence {last.Sequence}");
                    }

                    if (last is not null && message.TimestampUnixNs < last.TimestampUnixNs)
                    {
                        faults.Add($"{At(message)} has timestamp {message.TimestampUnixNs}, before that of {last.Sequence}");
                    }

                    if (!ids.TryAdd(message.Id, message))
                    {
                        faults.Add($"{At(message)} has the id of {At(ids[message.Id])}: {message.Id}");
                    }

                    last = message;
                }
            }

            return faults;
        }
    }

    private static string At(Message message) => $"sequence {message.Sequence} of {message.SessionId}";

    private Seen SessionUnsynchronized(string id)
    {
        if (!_sessions.TryGetValue(id, out var session))
        {
            _sessions.Add(id, session = new Seen());
        }

        return session;
    }

    private sealed class Seen
    {
        internal SortedDictionary<ulong, Message> Messages { get; } = [];

        internal Dictionary<ulong, Acknowledgement> Acks { get; } = [];
    }

    private sealed record Acknowledgement(string Client, Publish Publish, Durability Durability)
    {
        public override string ToString() => $"{Client}/{Publish.PublishId}";

        internal string? Contradiction(Message message)
        {
            var same = message.Sender == Client && message.PublishId == Publish.PublishId
                && message.Payload.Equals(Publish.Payload) && message.Kind == Publish.Kind
                && message.Channel == Publish.Channel && message.InReplyTo == Publish.InReplyTo
                && message.Finish == Finish.Complete;
            return same ? null : $"{At(message)} is not what was acknowledged there ({this}): {Brief(message)}";
        }

        private static string Brief(Message message) => FrameText.Line(new Frame { Message = message });
    }
}
