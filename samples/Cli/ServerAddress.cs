using Wire.Client;

namespace Wire.Cli;

/// <summary>A server, and the token to show it.</summary>
internal sealed record ServerAddress(string Host, int Port, string? Token = null)
{
    public WireClientOptions ForClient(string clientId) => new()
    {
        Host = Host,
        Port = Port,
        ClientId = clientId,
        TokenProvider = Token is null ? null : _ => ValueTask.FromResult(Token),

        // A server that was restarted is found again soon: somebody watches.
        ReconnectDelayMax = TimeSpan.FromSeconds(1),
    };

    /// <summary>A client that has its connection.</summary>
    /// <exception cref="CannotConnectException">It has none.</exception>
    public async Task<WireClient> ConnectAsync(WireClientOptions options, CancellationToken cancellationToken)
    {
        var client = new WireClient(options);
        try
        {
            await ConnectAsync(client, cancellationToken);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the client's connection.</summary>
    /// <exception cref="CannotConnectException">It has none.</exception>
    public async Task ConnectAsync(WireClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.ConnectAsync(cancellationToken);
        }
        catch (WireException exception)
        {
            throw new CannotConnectException($"{this}: {exception.Message}");
        }
    }

    public override string ToString() => $"{Host}:{Port}";
}
