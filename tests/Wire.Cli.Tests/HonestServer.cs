using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Cli.Tests;

/// <summary>
/// A server that keeps sessions in a list and does what a replay needs of it, honest unless a test makes it lie about what it
/// holds. Written with Google.Protobuf alone.
/// </summary>
internal sealed class HonestServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Dictionary<string, List<Message>> _sessions = [];
    private readonly List<Peer> _peers = [];
    private readonly Task _accepting;

    public HonestServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>What a page makes of a session's messages.</summary>
    public Func<IReadOnlyList<Message>, IEnumerable<Message>> History { get; set; } = messages => messages;

    /// <summary>What a follower is sent in a message's place.</summary>
    public Func<Message, Message> Delivery { get; set; } = message => message;

    /// <summary>How many publishes are taken and answered; those after them are not.</summary>
    public int Patience { get; set; } = int.MaxValue;

    /// <summary>Every so many publishes one is stored and not answered, and its connection breaks.</summary>
    public int BreaksEvery { get; set; } = int.MaxValue;

    /// <summary>Publishes are refused with this.</summary>
    public ErrorCode? Refusal { get; set; }

    public int Connections { get; private set; }

    private int Publishes { get; set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        lock (_gate)
        {
            foreach (var peer in _peers)
                peer.Stream.Dispose();
        }
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                socket.NoDelay = true;
                var peer = new Peer(new NetworkStream(socket, ownsSocket: true));
                lock (_gate)
                {
                    _peers.Add(peer);
                    Connections++;
                }
                new Thread(() => Serve(peer)) { IsBackground = true, Name = "honest server" }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private void Serve(Peer peer)
    {
        try
        {
            var input = new BufferedStream(peer.Stream);
            while (true)
            {
                var frame = Frame.Parser.ParseDelimitedFrom(input);
                lock (_gate)
                    Take(peer, frame);
            }
        }
        catch (Exception exception)
            when (exception is IOException or ObjectDisposedException or InvalidProtocolBufferException or NotSupportedException)
        {
        }
        finally
        {
            lock (_gate)
                _peers.Remove(peer);
            peer.Stream.Dispose();
        }
    }

    private void Take(Peer peer, Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Hello:
                peer.ClientId = frame.Hello.ClientId;
                peer.Send(new Frame { Welcome = new Welcome { Version = 1, MaxFrameBytes = 1 << 20, PingIntervalMs = 15_000 } });
                break;
            case Frame.BodyOneofCase.Publish when Refusal is { } code:
                peer.Send(new Frame
                {
                    Error = new Error { Code = code, SessionId = frame.Publish.SessionId, PublishId = frame.Publish.PublishId, Detail = "as the test says" },
                });
                break;
            case Frame.BodyOneofCase.Publish when Patience-- > 0:
                Store(peer, frame.Publish);
                break;
            case Frame.BodyOneofCase.Subscribe:
                var followed = SessionOf(frame.Subscribe.SessionId);
                var subscribed = new Subscribed
                {
                    SessionId = frame.Subscribe.SessionId,
                    FirstSequence = followed.Count == 0 ? 0u : 1,
                    HeadSequence = (ulong)followed.Count,
                };
                peer.Followed.Add(subscribed.SessionId);
                peer.Send(new Frame { Subscribed = subscribed });
                foreach (var message in followed.Skip((int)frame.Subscribe.FromSequence - 1))
                    peer.Send(new Frame { Message = Delivery(message.Clone()) });
                break;
            case Frame.BodyOneofCase.Unsubscribe:
                peer.Followed.Remove(frame.Unsubscribe.SessionId);
                break;
            case Frame.BodyOneofCase.Fetch:
                var stored = History([.. SessionOf(frame.Fetch.SessionId).Select(message => message.Clone())]).ToList();
                var page = new Page { RequestId = frame.Fetch.RequestId, SessionId = frame.Fetch.SessionId };
                page.FirstSequence = stored.Count == 0 ? 0u : 1;
                page.HeadSequence = (ulong)stored.Count;
                page.Messages.AddRange(stored.Skip((int)frame.Fetch.FromSequence - 1).Take(10));
                peer.Send(new Frame { Page = page });
                break;
        }
    }

    private void Store(Peer peer, Publish publish)
    {
        var session = SessionOf(publish.SessionId);
        var isDuplicate = session.Any(other => other.Sender == peer.ClientId && other.PublishId >= publish.PublishId);
        if (!isDuplicate)
        {
            session.Add(new Message
            {
                Id = (ulong)session.Count + 1,
                SessionId = publish.SessionId,
                Sequence = (ulong)session.Count + 1,
                Sender = peer.ClientId,
                Role = peer.ClientId.StartsWith("agent", StringComparison.Ordinal) ? Role.Agent : Role.Visitor,
                PublishId = publish.PublishId,
                Payload = publish.Payload,
                InReplyTo = publish.InReplyTo,
            });
        }
        if (++Publishes % BreaksEvery == 0)
            peer.Stream.Dispose();
        peer.Send(new Frame
        {
            Ack = new Ack
            {
                SessionId = publish.SessionId,
                PublishId = publish.PublishId,
                Sequence = (ulong)session.Count,
                Count = 1,
                Duplicate = isDuplicate,
                Durability = Durability.Disk,
            },
        });
        foreach (var follower in isDuplicate ? [] : _peers.Where(follower => follower.Followed.Contains(publish.SessionId)))
            follower.Send(new Frame { Message = Delivery(session[^1].Clone()) });
    }

    private List<Message> SessionOf(string id)
    {
        if (!_sessions.TryGetValue(id, out var session))
            _sessions.Add(id, session = []);
        return session;
    }

    private sealed class Peer(NetworkStream stream)
    {
        public NetworkStream Stream => stream;

        public string ClientId { get; set; } = "";

        public HashSet<string> Followed { get; } = [];

        public void Send(Frame frame)
        {
            try
            {
                frame.WriteDelimitedTo(stream);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // It has gone; its own loop sees it.
            }
        }
    }
}
