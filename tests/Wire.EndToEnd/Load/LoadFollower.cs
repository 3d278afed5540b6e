using System.Net.Sockets;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd.Load;

/// <summary>
/// Follows a session over any number of connections, from where it left off; it must never see a sequence twice, miss one,
/// or see one that is not there later.
/// </summary>
internal sealed class LoadFollower(HostProcess host, string client, string session, SessionWitness witness) : IDisposable
{
    private readonly CancellationTokenSource _finish = new();
    private ulong _until = ulong.MaxValue;

    /// <summary>The messages seen, in order.</summary>
    internal List<Message> Seen { get; } = [];

    /// <summary>Makes <see cref="RunAsync"/> end once this sequence has come.</summary>
    internal void FinishAt(ulong sequence)
    {
        Volatile.Write(ref _until, sequence);
        _finish.Cancel();
    }

    public void Dispose() => _finish.Dispose();

    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while ((ulong)Seen.Count < Volatile.Read(ref _until))
        {
            await host.Ready.WaitAsync(HostProcess.Deadline, cancellationToken);
            try
            {
                await RunConnectionAsync(cancellationToken);
            }
            catch (Exception lost) when (lost is PeerException or IOException or SocketException or ObjectDisposedException)
            {
                // The connection is gone with the host; the next one goes on from the next sequence.
            }
        }

    }

    private async Task RunConnectionAsync(CancellationToken cancellationToken)
    {
        var referee = new ConnectionReferee(witness);
        await using var peer = new Peer(client, await host.ConnectAsync(cancellationToken), referee);
        await peer.SendAsync(
            [
                new Frame { Hello = new Hello { Version = 1, ClientId = client } },
                new Frame { Subscribe = new Subscribe { SessionId = session, FromSequence = (ulong)Seen.Count + 1 } },
            ],
            cancellationToken);
        while ((ulong)Seen.Count < Volatile.Read(ref _until))
        {
            if (await NextAsync(peer, cancellationToken) is not { } frame)
            {
                continue;
            }

            if (frame.Message is { } message)
            {
                Seen.Add(message);
            }

            if (referee.Fault is { } fault)
            {
                throw new LoadException($"{client}: {fault}");
            }

            if (frame.Subscribed is { } subscribed && subscribed.HeadSequence < (ulong)Seen.Count)
            {
                throw new LoadException($"{client}: the head went back to {subscribed.HeadSequence} from {Seen.Count}");
            }
        }
    }

    // Null where it was told meanwhile how far to follow: perhaps it has.
    private async Task<Frame?> NextAsync(Peer peer, CancellationToken cancellationToken)
    {
        if (_finish.IsCancellationRequested)
        {
            return await peer.TakeAsync(_ => true, HostProcess.Deadline, cancellationToken);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _finish.Token);
        try
        {
            return await peer.TakeAsync(_ => true, HostProcess.Deadline, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
