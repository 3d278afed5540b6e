using Google.Protobuf;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>A connection that behaves: beside a bad one, it must be served as if that were not there.</summary>
internal sealed class GoodPeer : IAsyncDisposable
{
    private readonly ConnectionReferee _referee;
    private readonly string _session;
    private ulong _lastId;

    private GoodPeer(Peer peer, ConnectionReferee referee)
    {
        Peer = peer;
        _referee = referee;
        _session = $"good/{peer.Name}";
    }

    internal Peer Peer { get; }

    internal static async Task<GoodPeer> OpenAsync(HostProcess host, string client, CancellationToken cancellationToken)
    {
        var referee = new ConnectionReferee(new SessionWitness());
        var peer = new Peer(client, await host.ConnectAsync(cancellationToken), referee);
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = client } }, cancellationToken);
        await peer.TakeAsync(frame => frame.Welcome is not null, HostProcess.Deadline, cancellationToken);
        return new GoodPeer(peer, referee);
    }

    /// <summary>Publishes, is acknowledged, and reads it back.</summary>
    internal async Task IsServedAsync(CancellationToken cancellationToken)
    {
        var id = ++_lastId;
        var payload = ByteString.CopyFromUtf8($"good {id}");
        await Peer.SendAsync(
            new Frame { Publish = new Publish { SessionId = _session, PublishId = id, Payload = payload } }, cancellationToken);
        await Peer.TakeAsync(frame => frame.Ack?.PublishId == id, HostProcess.Deadline, cancellationToken);
        await Peer.SendAsync(
            new Frame { Fetch = new Fetch { RequestId = (uint)id, SessionId = _session, Limit = 1, Backward = true } },
            cancellationToken);
        var page = await Peer.TakeAsync(frame => frame.Page?.RequestId == id, HostProcess.Deadline, cancellationToken);
        if (_referee.Fault is { } fault || !page.Page.Messages[0].Payload.Equals(payload))
        {
            throw new InvalidOperationException($"The good connection was served wrongly: {_referee.Fault ?? page.ToString()}");
        }
    }

    public ValueTask DisposeAsync() => Peer.DisposeAsync();
}
