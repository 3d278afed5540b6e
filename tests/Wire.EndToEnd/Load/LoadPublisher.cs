using System.Net.Sockets;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd.Load;

/// <summary>
/// A producer as the protocol asks for one: keeps a window of publishes unanswered over its sessions, and after every loss
/// of the connection connects again and sends again, in order and with the same ids, what has no answer.
/// </summary>
internal sealed class LoadPublisher(
    HostProcess host, string client, IReadOnlyList<string> sessions, Func<ulong, Durability> level, SessionWitness witness)
{
    private const int Window = 128;

    private readonly Dictionary<string, Queue<Publish>> _unanswered = sessions.ToDictionary(one => one, _ => new Queue<Publish>());
    private readonly Dictionary<string, ulong> _lastId = sessions.ToDictionary(one => one, _ => 0UL);
    private readonly Random _random = new(client.GetHashCode(StringComparison.Ordinal));
    private volatile bool _finishing;
    private volatile bool _pausing;
    private Peer? _peer;
    private long _answered;

    internal string Client => client;

    internal IReadOnlyList<string> Sessions => sessions;

    /// <summary>How many publishes were acknowledged so far.</summary>
    internal long Answered => Interlocked.Read(ref _answered);

    /// <summary>How often a GoAway came before the connection ended.</summary>
    internal int GoAways { get; private set; }

    /// <summary>How many connections ended otherwise than in good order.</summary>
    internal int Breaks { get; private set; }

    /// <summary>The highest publish_id given for a session: all from 1 on were sent.</summary>
    internal ulong LastId(string session) => _lastId[session];

    /// <summary>The highest publish_id acknowledged for a session; answers come in order.</summary>
    internal ulong LastAnswered(string session) =>
        _unanswered[session].TryPeek(out var oldest) ? oldest.PublishId - 1 : _lastId[session];

    /// <summary>No new publishes from now on: <see cref="RunAsync"/> ends when all are answered.</summary>
    internal void Finish() => _finishing = true;

    /// <summary>Makes <see cref="RunAsync"/> end when the connection ends, whatever is unanswered.</summary>
    internal void PauseWhenDisconnected() => _pausing = true;

    /// <summary>After a kill: completes when nothing that the host had sent is left to be read.</summary>
    internal Task DisconnectedAsync() => Volatile.Read(ref _peer)?.Ended ?? Task.CompletedTask;

    /// <summary>Publishes until told otherwise, over as many connections as it takes.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        _pausing = false;
        while (!(_finishing && _unanswered.Values.All(queue => queue.Count == 0)))
        {
            await host.Ready.WaitAsync(HostProcess.Deadline, cancellationToken);
            try
            {
                await RunConnectionAsync(cancellationToken);
            }
            catch (Exception lost) when (lost is PeerException or IOException or SocketException or ObjectDisposedException)
            {
                Breaks++;
            }

            if (_pausing)
            {
                return;
            }
        }
    }

    private async Task RunConnectionAsync(CancellationToken cancellationToken)
    {
        var referee = new ConnectionReferee(witness);
        await using var peer = new Peer(client, await host.ConnectAsync(cancellationToken), referee);
        Volatile.Write(ref _peer, peer);
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = client } }, cancellationToken);
        var opened = await peer.TakeAsync(_ => true, HostProcess.Deadline, cancellationToken);
        ThrowIfWrong(opened.Welcome is not null, referee, opened);

        var again = _unanswered.Values.SelectMany(queue => queue).Select(one => new Frame { Publish = one }).ToList();
        await peer.SendAsync(again, cancellationToken);
        var leaving = false;
        while (true)
        {
            if (!leaving && !_finishing)
            {
                await FillWindowAsync(peer, cancellationToken);
            }

            if (_finishing && _unanswered.Values.All(queue => queue.Count == 0))
            {
                return;
            }

            var frame = await peer.TakeAsync(_ => true, HostProcess.Deadline, cancellationToken);
            leaving |= frame.GoAway is not null;
            GoAways += frame.GoAway is null ? 0 : 1;
            Take(frame, referee);
        }
    }

    private async Task FillWindowAsync(Peer peer, CancellationToken cancellationToken)
    {
        var room = Window - _unanswered.Values.Sum(queue => queue.Count);

        // Half a window at a time: bursts are what makes runs of more than one message.
        if (room < Window / 2)
        {
            return;
        }

        var frames = new List<Frame>(room);
        while (frames.Count < room)
        {
            var session = sessions[_random.Next(sessions.Count)];
            for (var run = _random.Next(1, 9); run > 0 && frames.Count < room; run--)
            {
                var publish = new Publish
                {
                    SessionId = session,
                    PublishId = ++_lastId[session],
                    Durability = level(_lastId[session]),
                    InReplyTo = _lastId[session] * 3,
                };
                publish.Payload = Payloads.Of(client, session, publish.PublishId);
                _unanswered[session].Enqueue(publish);
                frames.Add(new Frame { Publish = publish });
            }
        }

        await peer.SendAsync(frames, cancellationToken);
    }

    private void Take(Frame frame, ConnectionReferee referee)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ack:
                ThrowIfWrong(_unanswered[frame.Ack.SessionId].Count >= frame.Ack.Count, referee, frame);
                for (var left = frame.Ack.Count; left > 0; left--)
                {
                    _unanswered[frame.Ack.SessionId].Dequeue();
                }

                Interlocked.Add(ref _answered, frame.Ack.Count);
                ThrowIfWrong(true, referee, frame);
                break;
            case Frame.BodyOneofCase.Ping or Frame.BodyOneofCase.GoAway:
                break;
            default:
                ThrowIfWrong(false, referee, frame);
                break;
        }
    }

    private void ThrowIfWrong(bool isRight, ConnectionReferee referee, Frame frame)
    {
        if (!isRight || referee.Fault is not null)
        {
            throw new LoadException($"{client}: {referee.Fault ?? "this was not expected"}: {frame}");
        }
    }
}
