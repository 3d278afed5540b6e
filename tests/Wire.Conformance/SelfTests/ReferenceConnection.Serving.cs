using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

/// <summary>What the <see cref="ReferenceHost"/> does with a frame.</summary>
internal sealed partial class ReferenceConnection
{
    private void OpenUnsynchronized(Frame frame, bool textIsValid)
    {
        if (frame.BodyCase != Frame.BodyOneofCase.Hello)
        {
            FailUnsynchronized(ErrorCode.BadFrame);
            return;
        }

        var client = frame.Hello.ClientId;
        if (frame.Hello.Version != 1 || !textIsValid || !ReferenceFraming.IsId(client) || client[0] == '$')
        {
            FailUnsynchronized(frame.Hello.Version != 1 ? ErrorCode.UnsupportedVersion : ErrorCode.InvalidArgument);
            return;
        }

        host.OpenedUnsynchronized(client, this);
        ClientId = client;
        _role = client.StartsWith("agent", StringComparison.Ordinal) ? Role.Agent : Role.Visitor;
        SendUnsynchronized(new Frame
        {
            Welcome = new Welcome
            {
                Version = 1,
                NodeId = "1",
                Role = _role,
                ConnectionId = host.NextIdUnsynchronized(),
                MaxFrameBytes = ReferenceHost.MaxFrameBytes,
                PingIntervalMs = (uint)host.PingInterval.TotalMilliseconds,
            },
        });
    }

    private void ServeUnsynchronized(Frame frame, bool textIsValid)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Hello:
                FailUnsynchronized(ErrorCode.BadFrame);
                break;
            case Frame.BodyOneofCase.Publish:
                PublishUnsynchronized(frame.Publish, textIsValid && ReferenceFraming.IsId(frame.Publish.SessionId));
                break;
            case Frame.BodyOneofCase.Subscribe when !textIsValid || !ReferenceFraming.IsId(frame.Subscribe.SessionId):
                SendUnsynchronized(new Frame { Error = new Error { Code = ErrorCode.InvalidArgument, Detail = "session_id" } });
                break;
            case Frame.BodyOneofCase.Subscribe:
                SubscribeUnsynchronized(frame.Subscribe);
                break;
            case Frame.BodyOneofCase.Unsubscribe:
                host.Sessions.GetValueOrDefault(frame.Unsubscribe.SessionId)?.Followers.Remove(this);
                break;
            case Frame.BodyOneofCase.Fetch:
                FetchUnsynchronized(frame.Fetch);
                break;
            case Frame.BodyOneofCase.Signal:
                SignalUnsynchronized(frame.Signal);
                break;
            case Frame.BodyOneofCase.Ping:
                SendUnsynchronized(new Frame { Pong = new Pong { Nonce = frame.Ping.Nonce } });
                break;
            case Frame.BodyOneofCase.Pong or Frame.BodyOneofCase.Stop:
                break;
            default:
                SendUnsynchronized(new Frame { Error = new Error { Code = ErrorCode.BadFrame } });
                break;
        }
    }

    private void PublishUnsynchronized(Publish publish, bool sessionIsValid)
    {
        Error Refusal(ErrorCode code) => new()
        {
            Code = code,
            Detail = code.ToString(),
            SessionId = sessionIsValid ? publish.SessionId : "",
            PublishId = publish.PublishId,
        };

        if (!sessionIsValid || publish.PublishId == 0 || publish.Durability is < Durability.Default or > Durability.Disk)
        {
            SendUnsynchronized(new Frame { Error = Refusal(ErrorCode.InvalidArgument) });
            return;
        }

        var head = host.Sessions.GetValueOrDefault(publish.SessionId)?.Head ?? 0;
        var known = host.Sessions.GetValueOrDefault(publish.SessionId)?.Producers.GetValueOrDefault(ClientId!) ?? default;
        var duplicate = publish.PublishId <= known.PublishId;
        if (!duplicate && publish.HasExpectedHead && publish.ExpectedHead != head)
        {
            var conflict = Refusal(ErrorCode.Conflict);
            conflict.HeadSequence = head;
            SendUnsynchronized(new Frame { Error = conflict });
            return;
        }

        var session = host.SessionUnsynchronized(publish.SessionId);
        if (!duplicate)
        {
            session.Messages.Add(Stored(publish, head + 1));
            session.Producers[ClientId!] = (publish.PublishId, head + 1);
            if (host.Echoes)
                AnswerUnsynchronized(session);
        }

        SendUnsynchronized(new Frame
        {
            Ack = new Ack
            {
                SessionId = publish.SessionId,
                PublishId = publish.PublishId,
                Sequence = duplicate ? known.Sequence : head + 1,
                Count = 1,
                Duplicate = duplicate,
                Durability = publish.Durability == Durability.Memory ? Durability.Memory : Durability.Disk,
            },
        });
        foreach (var follower in session.Followers.Keys.ToList())
        {
            follower.FollowUnsynchronized(session);
        }
    }

    // The newest message of the session, where it is a visitor's and no human has the session.
    private void AnswerUnsynchronized(ReferenceSession session)
    {
        ulong NewestOf(Func<Message, bool> isOne) => session.Messages.LastOrDefault(isOne)?.Sequence ?? 0;
        bool IsOfType(Message message, string type) =>
            message.Kind == PayloadKind.Event && message.Payload.ToStringUtf8() == $$"""{"type":"{{type}}"}""";

        var said = session.Messages[^1];
        var given = NewestOf(one => one.Role == Role.Agent && IsOfType(one, "giveback"));
        var taken = NewestOf(one => IsOfType(one, "handover") || one.Role == Role.Agent && !IsOfType(one, "giveback"));
        if (said.Role != Role.Visitor || said.Kind == PayloadKind.Event || taken > given)
            return;
        session.Messages.Add(new Message(said)
        {
            Id = host.NextIdUnsynchronized(),
            Sequence = said.Sequence + 1,
            Role = Role.Bot,
            Sender = "$handler",
            PublishId = said.Sequence,
            InReplyTo = said.Sequence,
        });
    }

    private Message Stored(Publish publish, ulong sequence) => new()
    {
        Id = host.NextIdUnsynchronized(),
        SessionId = publish.SessionId,
        Sequence = sequence,
        TimestampUnixNs = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100,
        Channel = publish.Channel,
        Role = _role,
        Sender = ClientId,
        PublishId = publish.PublishId,
        Payload = publish.Payload,
        Kind = publish.Kind,
        InReplyTo = publish.InReplyTo,
    };

    private void SubscribeUnsynchronized(Subscribe subscribe)
    {
        var existing = host.Sessions.GetValueOrDefault(subscribe.SessionId);
        var (first, head) = (existing?.First ?? 0, existing?.Head ?? 0);
        SendUnsynchronized(new Frame
        {
            Subscribed = new Subscribed { SessionId = subscribe.SessionId, FirstSequence = first, HeadSequence = head },
        });
        var session = host.SessionUnsynchronized(subscribe.SessionId);
        session.Followers[this] = subscribe.FromSequence == 0 ? head + 1 : subscribe.FromSequence;
        FollowUnsynchronized(session);
    }

    private void FollowUnsynchronized(ReferenceSession session)
    {
        var next = session.Followers[this];
        for (; next <= session.Head; next++)
        {
            SendUnsynchronized(new Frame { Message = session.Messages[(int)next - 1] });
        }

        session.Followers[this] = next;
    }

    private void FetchUnsynchronized(Fetch fetch)
    {
        if (!ReferenceFraming.IsId(fetch.SessionId) || fetch.Limit > 1000)
        {
            SendUnsynchronized(new Frame
            {
                Error = new Error { Code = ErrorCode.InvalidArgument, RequestId = fetch.RequestId },
            });
            return;
        }

        var session = host.Sessions.GetValueOrDefault(fetch.SessionId) ?? new ReferenceSession();
        var limit = fetch.Limit == 0 ? 50 : (int)fetch.Limit;
        var from = fetch.FromSequence;
        IEnumerable<Message> wanted = fetch.Backward
            ? session.Messages.AsEnumerable().Reverse().SkipWhile(one => from != 0 && one.Sequence > from)
            : session.Messages.SkipWhile(one => one.Sequence < from);
        var page = new Page
        {
            RequestId = fetch.RequestId,
            SessionId = fetch.SessionId,
            FirstSequence = session.First,
            HeadSequence = session.Head,
        };
        var bytes = 0;
        var fitting = wanted.Take(limit)
            .TakeWhile(one => (bytes += one.CalculateSize() + 6) <= ReferenceHost.MaxFrameBytes || bytes == one.CalculateSize() + 6);
        page.Messages.AddRange(fitting.OrderBy(one => one.Sequence));
        SendUnsynchronized(new Frame { Page = page });
    }

    private void SignalUnsynchronized(Signal signal)
    {
        if (signal.Payload.Length > 1024 || !host.Sessions.TryGetValue(signal.SessionId, out var session))
        {
            return;
        }

        (signal.Sender, signal.Role) = (ClientId, _role);
        foreach (var follower in session.Followers.Keys.Where(one => one != this))
        {
            follower.SendUnsynchronized(new Frame { Signal = signal });
        }
    }
}
