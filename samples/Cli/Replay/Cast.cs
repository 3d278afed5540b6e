using Wire.Client;

namespace Wire.Cli.Replay;

/// <summary>A visitor's and an agent's connection, which speak a share of the dialogues.</summary>
internal sealed class Cast : IAsyncDisposable
{
    private readonly WireClient _visitor;
    private readonly WireClient _agent;

    public Cast(ReplayOptions options, int number)
    {
        _visitor = NewClient("visitor");
        _agent = NewClient("agent");

        WireClient NewClient(string side)
        {
            var clientOptions = options.Server.ForClient($"{side}-{options.Prefix}-{number}");
            clientOptions.DefaultDurability = options.Durability;
            return new WireClient(clientOptions);
        }
    }

    public int LostConnections => Math.Max(0, _visitor.Connections - 1) + Math.Max(0, _agent.Connections - 1);

    public WireClient this[Speaker speaker] => speaker == Speaker.Visitor ? _visitor : _agent;

    public async ValueTask DisposeAsync()
        => await Task.WhenAll(_visitor.DisposeAsync().AsTask(), _agent.DisposeAsync().AsTask());
}
