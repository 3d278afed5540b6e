using System.Text;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>The state of one transcript's run: its connections, variables, and what has been seen.</summary>
internal sealed class Dialogue(ITranscriptHost host, TranscriptOptions options) : IAsyncDisposable
{
    // Above what a transcript would choose itself.
    private const ulong FirstBarrier = 0xB000_0000_0000_0000;

    private readonly Dictionary<string, Connection> _connections = [];
    private readonly List<Connection> _all = [];
    private readonly SessionWitness _witness = new();
    private ulong _barriers = FirstBarrier;

    internal Variables Variables { get; } = new();

    internal Trace Trace { get; } = new();

    internal TimeSpan Deadline => options.Deadline;

    /// <summary>The first fault that the referees have found.</summary>
    internal string? Fault => _all
        .Select(one => one.Referee.Fault is { } fault ? $"connection {one.Peer.Name}: {fault}" : null)
        .FirstOrDefault(fault => fault is not null);

    internal void ThrowIfFault()
    {
        if (Fault is { } fault)
        {
            throw new MismatchException(fault);
        }
    }

    internal Peer this[string name] => _connections.TryGetValue(name, out var connection)
        ? connection.Peer
        : throw new TranscriptFormatException($"No connection {name} is open here.");

    internal async Task<Peer> OpenAsync(string name, CancellationToken cancellationToken)
    {
        if (_connections.ContainsKey(name))
        {
            throw new TranscriptFormatException($"The connection {name} is open already.");
        }

        var transport = await WithinDeadlineAsync(token => host.ConnectAsync(token).AsTask(), cancellationToken)
            .ConfigureAwait(false);
        var referee = new ConnectionReferee(_witness);
        var connection = new Connection(new Peer(name, transport, new Tracing(name, Trace, referee)), referee);
        _connections.Add(name, connection);
        _all.Add(connection);
        return connection.Peer;
    }

    /// <summary>Runs something that must end before the deadline.</summary>
    internal async Task<T> WithinDeadlineAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Deadline);
        try
        {
            return await action(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MismatchException($"the host took nothing for {Deadline.TotalSeconds:0} s");
        }
    }

    /// <summary>Takes the next frame of those that belong, on one connection.</summary>
    internal Task<Frame> TakeAsync(Peer peer, Func<Frame, bool> belongs, CancellationToken cancellationToken) =>
        peer.TakeAsync(belongs, Deadline, cancellationToken);

    /// <summary>Sends a Ping and waits for its Pong: what the host had in hand for this connection before is likely out.</summary>
    internal async Task PingBarrierAsync(Peer peer, CancellationToken cancellationToken)
    {
        var nonce = ++_barriers;
        await SendAsync(peer, new Frame { Ping = new Ping { Nonce = nonce } }, cancellationToken).ConfigureAwait(false);
        await TakeAsync(peer, frame => frame.Pong?.Nonce == nonce, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Fetches the newest message of a session: what this connection published before has taken effect.</summary>
    internal async Task FetchBarrierAsync(Peer peer, string session, CancellationToken cancellationToken)
    {
        var fetch = new Fetch { RequestId = (uint)(++_barriers & 0x0FFF_FFFF) | 0xB000_0000, SessionId = session, Limit = 1, Backward = true };
        await SendAsync(peer, new Frame { Fetch = fetch }, cancellationToken).ConfigureAwait(false);
        await TakeAsync(peer, frame => frame.Page?.RequestId == fetch.RequestId, cancellationToken).ConfigureAwait(false);
    }

    internal Task SendAsync(Peer peer, Frame frame, CancellationToken cancellationToken) => WithinDeadlineAsync(
        async token =>
        {
            await peer.SendAsync(frame, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Waits for the host to close; everything that came must have been expected.</summary>
    internal async Task ExpectClosedAsync(string name, CancellationToken cancellationToken)
    {
        var peer = this[name];
        var end = await peer.WaitEndAsync(Deadline, cancellationToken).ConfigureAwait(false);
        if (end != PeerEnd.Closed)
        {
            throw new MismatchException($"the connection {name} was not closed in good order: {peer.Describe(end)}");
        }

        ThrowIfUnread(peer);
        await CloseAsync(name).ConfigureAwait(false);
    }

    internal async Task CloseAsync(string name)
    {
        var peer = this[name];
        _connections.Remove(name);
        await peer.DisposeAsync().ConfigureAwait(false);
    }

    internal async Task RestartAsync(HostStop stop, CancellationToken cancellationToken)
    {
        if (!host.CanRestart)
        {
            throw new TranscriptFormatException("This host cannot be restarted: the transcript should have been left out.");
        }

        Trace.Note($"the host is stopped ({stop})");
        await host.RestartAsync(stop, cancellationToken).ConfigureAwait(false);
        Trace.Note("the host is ready again");
        if (stop == HostStop.Kill)
        {
            _witness.HostCrashed();
        }

        foreach (var name in _connections.Keys.ToList())
        {
            await CloseAsync(name).ConfigureAwait(false);
        }
    }

    /// <summary>Leaves every open connection as a client does, and judges what is left.</summary>
    internal async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, connection) in _connections.ToList())
        {
            var peer = connection.Peer;
            if (!peer.CanHalfClose)
            {
                await PingBarrierAsync(peer, cancellationToken).ConfigureAwait(false);
                ThrowIfUnread(peer);
                await CloseAsync(name).ConfigureAwait(false);
                continue;
            }

            await peer.HalfCloseAsync(cancellationToken).ConfigureAwait(false);
            await ExpectClosedAsync(name, cancellationToken).ConfigureAwait(false);
            if (connection.Referee.Unanswered is { Count: > 0 } unanswered)
            {
                throw new MismatchException($"the connection {name} was closed with {unanswered.Count} publishes unanswered, "
                    + $"the first of them {unanswered[0].PublishId} to {unanswered[0].SessionId}");
            }
        }

        ThrowIfFault();
        if (_witness.Contradictions().FirstOrDefault() is { } contradiction)
        {
            throw new MismatchException(contradiction);
        }
    }

    internal string UnreadText()
    {
        var text = new StringBuilder();
        foreach (var (name, connection) in _connections)
        {
            foreach (var frame in connection.Peer.Unread.Take(20))
            {
                text.AppendLine($"  {name} {FrameText.Line(frame)}");
            }
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _all)
        {
            await connection.Peer.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A host may ask for a sign of life at any time; that is no part of a dialogue.
    private static void ThrowIfUnread(Peer peer)
    {
        if (peer.Unread.FirstOrDefault(frame => frame.BodyCase != Frame.BodyOneofCase.Ping) is { } frame)
        {
            throw new MismatchException($"{peer.Name} got a frame that was not expected: {FrameText.Line(frame)}");
        }
    }

    private sealed record Connection(Peer Peer, ConnectionReferee Referee);

    private sealed class Tracing(string name, Trace trace, ConnectionReferee referee) : IPeerObserver
    {
        public void Sending(Frame frame)
        {
            trace.Sent(name, frame);
            referee.Sending(frame);
        }

        public void SendingBytes(ReadOnlySpan<byte> bytes)
        {
            trace.Sent(name, bytes);
            referee.SendingBytes(bytes);
        }

        public void Received(Frame frame)
        {
            trace.Received(name, frame);
            referee.Received(frame);
        }

        public void Ended(PeerEnd end)
        {
            trace.Ended(name, end);
            referee.Ended(end);
        }
    }
}
