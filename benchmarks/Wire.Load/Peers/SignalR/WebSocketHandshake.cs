using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Wire.Load.Peers.SignalR;

/// <summary>The HTTP request that turns a connection into a WebSocket, and the check of its answer (RFC 6455, section 4).</summary>
internal sealed class WebSocketHandshake
{
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));

    /// <summary>The request.</summary>
    public byte[] Request(IPEndPoint host, string path) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {_key}\r\nSec-WebSocket-Version: 13\r\n\r\n"));

    /// <summary>Takes the answer, and moves <paramref name="position"/> behind it; false where it has not come whole.</summary>
    /// <exception cref="LoadFailureException">The server does not agree.</exception>
    public bool TryTake(ReadOnlySpan<byte> input, ref int position)
    {
        var end = input[position..].IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var answer = Encoding.ASCII.GetString(input.Slice(position, end));
        if (!answer.StartsWith("HTTP/1.1 101 ", StringComparison.Ordinal)
            || !answer.Split("\r\n").Contains($"Sec-WebSocket-Accept: {Accept()}", StringComparer.OrdinalIgnoreCase))
        {
            throw new LoadFailureException($"The server did not open a WebSocket: {answer.Split("\r\n")[0]}");
        }

        position += end + 4;
        return true;
    }

    /// <summary>What the answer must repeat of the request.</summary>
    internal string Accept() => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(_key + Guid)));
}
