using System.Globalization;
using System.Net.Sockets;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>Opens connections, to their Welcome: with a fresh token each, within the time that is given.</summary>
internal sealed class Connector(WireClientOptions options, ClientTraffic traffic)
{
    private static readonly string UserAgent = $"wire-dotnet/{typeof(Connector).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>A connection that is open, or the reason why there is none.</summary>
    /// <param name="endpoint">Where a server wants it (<c>host:port</c>), or empty.</param>
    /// <param name="cancellationToken">Ends it with <see cref="OperationCanceledException"/>.</param>
    public async Task<(ClientConnection? Connection, ConnectionEnd? End)> ConnectAsync(
        string endpoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var connection = default(ClientConnection);
        try
        {
            var token = options.TokenProvider is null ? "" : await options.TokenProvider(either.Token).ConfigureAwait(false);
            var stream = await OpenStreamAsync(endpoint, either.Token).ConfigureAwait(false);
            connection = new ClientConnection(stream, traffic, options.TimeProvider);

            var hello = new Hello
            {
                Version = ProtocolLimits.Version,
                ClientId = options.ClientId,
                Token = token,
                UserAgent = UserAgent,
            };
            var end = await connection.HandshakeAsync(hello, either.Token).ConfigureAwait(false);
            if (end is null)
            {
                var open = connection;
                connection = null;
                return (open, null);
            }
            return (null, end);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            var detail = $"No Welcome within {options.ConnectTimeout.TotalSeconds:0.###} s.";
            return (null, new ConnectionEnd(EndKind.Lost, detail) { Cause = exception });
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return (null, new ConnectionEnd(EndKind.Lost, $"No connection: {exception.Message}") { Cause = exception });
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<Stream> OpenStreamAsync(string endpoint, CancellationToken cancellationToken)
    {
        if (options.StreamFactory is not null)
            return await options.StreamFactory(cancellationToken).ConfigureAwait(false);

        if (!TryParse(endpoint, out var host, out var port))
            (host, port) = (options.Host, options.Port);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool TryParse(string endpoint, out string host, out int port)
    {
        var colon = endpoint.LastIndexOf(':');
        host = colon > 0 ? endpoint[..colon].Trim('[', ']') : "";
        return int.TryParse(endpoint.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && host.Length > 0 && port is > 0 and <= ushort.MaxValue;
    }
}
