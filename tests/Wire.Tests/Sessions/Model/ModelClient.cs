using Wire.Protocol;

namespace Wire.Tests.Sessions.Model;

/// <summary>
/// A client that keeps to the protocol: it sends again, in order and with the same ids, what was not answered, and takes
/// nothing for granted. It checks that the answers are those that it must get.
/// </summary>
internal sealed class ModelClient(string id)
{
    private readonly Dictionary<string, Queue<ModelPublish>> _unanswered = [];
    private readonly Dictionary<string, ulong> _nextIds = [];

    // What this connection follows: the next sequence; for one whose Subscribed has not come, what it asked for.
    private readonly Dictionary<string, Following> _following = [];

    public string Id => id;
    public TestProducer Connection { get; private set; } = null!;
    public List<ModelPublish> Published { get; } = [];

    /// <summary>What it was shown, of any session.</summary>
    public Dictionary<(string Session, ulong Sequence), (ulong Id, string Sender, ulong PublishId)> Seen { get; } = [];

    /// <summary>Whether a log has let go of messages since the client began.</summary>
    public bool SessionsAreRetired { get; set; }

    public bool HasUnanswered => _unanswered.Values.Any(q => q.Count > 0);

    public ulong? HeadOf(string session) => Seen.Keys.Where(k => k.Session == session).Select(k => (ulong?)k.Sequence).Max();

    public bool IsBehind(Func<string, ulong> heads) =>
        _following.Any(f => f.Value.Borders.Count > 0 || f.Value.Next is { } next && next <= heads(f.Key));

    /// <summary>Goes on with a connection: sends again what is unanswered.</summary>
    public Task ConnectAsync(TestProducer connection)
    {
        Connection = connection;
        _following.Clear();
        // Within a session in order; the sessions may be mixed in any way.
        return connection.SendAsync([.. _unanswered.Values.SelectMany(q => q).OrderBy(p => p.Id).Select(p => p.Frame)]);
    }

    /// <summary>A new publish; null where the session still waits for the answer to a conditional one.</summary>
    public ModelPublish? Publish(string session, int gap, Durability durability, int size, ulong? expectedHead = null)
    {
        if (!_unanswered.TryGetValue(session, out var queue))
            _unanswered[session] = queue = [];
        if (queue.Any(p => p.ExpectedHead is not null))
            return null;
        var next = _nextIds.GetValueOrDefault(session) + 1 + (ulong)gap;
        _nextIds[session] = next;
        var publish = new ModelPublish(id, session, next, durability, size, expectedHead);
        queue.Enqueue(publish);
        Published.Add(publish);
        return publish;
    }

    public Task SubscribeAsync(string session, ulong from)
    {
        if (!_following.TryGetValue(session, out var following))
            _following[session] = following = new Following();
        following.Borders.Enqueue(from);
        following.IsEnded = false;
        return Connection.SendAsync(Frames.Subscribe(session, from));
    }

    public Task UnsubscribeAsync(string session)
    {
        if (_following.TryGetValue(session, out var following))
            following.IsEnded = true;
        return Connection.SendAsync(Frames.Unsubscribe(session));
    }

    /// <summary>Takes a frame that came.</summary>
    public void Receive(Frame frame, int crashes)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ack:
                Receive(frame.Ack, crashes);
                break;
            case Frame.BodyOneofCase.Error when !frame.Error.Fatal:
                Receive(frame.Error);
                break;
            case Frame.BodyOneofCase.Error:
                Check(frame.Error.Code is ErrorCode.StorageUnavailable or ErrorCode.TakenOver, frame, "ends the connection");
                break;
            case Frame.BodyOneofCase.Subscribed:
                var subscribed = _following[frame.Subscribed.SessionId];
                var isAnswer = subscribed.Borders.TryDequeue(out var from);
                if (SessionsAreRetired)
                {
                    // It may tell of retention, and looks like an answer: what comes next says where it goes on.
                    subscribed.Next = null;
                    subscribed.First = frame.Subscribed.FirstSequence;
                    break;
                }
                Check(isAnswer, frame, "answers no Subscribe");
                subscribed.Next = subscribed.IsEnded && subscribed.Borders.Count == 0 ? null
                    : from == 0 ? frame.Subscribed.HeadSequence + 1 : from;
                break;
            case Frame.BodyOneofCase.Message:
                See(frame.Message);
                if (!_following.TryGetValue(frame.Message.SessionId, out var following))
                    break;
                if (following is { Next: null, First: { } first, IsEnded: false })
                {
                    Check(frame.Message.Sequence >= first, frame, $"comes although {first} is the oldest");
                    (following.Next, following.First) = (frame.Message.Sequence + 1, null);
                }
                else if (following.Next is { } next)
                {
                    Check(frame.Message.Sequence == next, frame, $"comes in place of {next}");
                    following.Next = next + 1;
                    if (following.IsEnded && following.Borders.Count == 0)
                        following.Next = null;
                }
                break;
            case Frame.BodyOneofCase.Page:
                foreach (var message in frame.Page.Messages)
                    See(message);
                break;
        }
    }

    private void Receive(Ack ack, int crashes)
    {
        var queue = _unanswered.GetValueOrDefault(ack.SessionId) ?? [];
        Check(ack.Count > 0 && ack.Count <= queue.Count, ack, $"covers more than the {queue.Count} that are unanswered");
        for (var i = 1u; i <= ack.Count; i++)
        {
            var publish = queue.Dequeue();
            Check(publish.IsValid && publish.Durability == ack.Durability, ack, $"has the wrong level for {publish}");
            Check(i < ack.Count == publish.Id < ack.PublishId && publish.Id <= ack.PublishId, ack, $"does not end with {publish}");
            publish.Outcome = ack.Duplicate ? PublishOutcome.Duplicate : PublishOutcome.Stored;
            publish.Sequence = ack.Duplicate ? ack.Sequence : ack.Sequence - ack.Count + i;
            publish.Crashes = crashes;
            Check(ack.Duplicate || publish.ExpectedHead is not { } head || publish.Sequence == head + 1, ack, $"is not where {publish} was to be");
        }
    }

    private void Receive(Error error)
    {
        var queue = _unanswered.GetValueOrDefault(error.SessionId) ?? [];
        Check(queue.TryDequeue(out var publish), error, "answers nothing");
        Check(publish!.Id == error.PublishId, error, $"comes before the answer to {publish}");
        if (publish.IsValid)
            Check(error.Code == ErrorCode.Conflict && publish.ExpectedHead is { } head && head != error.HeadSequence, error, $"is no answer to {publish}");
        else
            Check(error.Code == ErrorCode.InvalidArgument, error, $"is no answer to {publish}");
        publish.Outcome = PublishOutcome.Refused;
    }

    private void See(Message message)
    {
        var shown = (message.Id, message.Sender, message.PublishId);
        if (!Seen.TryAdd((message.SessionId, message.Sequence), shown))
            Check(Seen[(message.SessionId, message.Sequence)] == shown, message, "was another message before");
    }

    private void Check(bool holds, object frame, string otherwise)
    {
        if (!holds)
            throw new AssertionException($"to {id}: {frame} {otherwise}");
    }

    private sealed class Following
    {
        public Queue<ulong> Borders { get; } = [];
        public ulong? Next { get; set; }

        /// <summary>Where retention plays a part: the oldest that was there, while the next is not known.</summary>
        public ulong? First { get; set; }

        public bool IsEnded { get; set; }
    }
}
