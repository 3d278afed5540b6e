using System.Net;

namespace Wire.Security;

/// <summary>What a client says of itself when it connects. Immutable.</summary>
public sealed class HelloContext
{
    /// <summary>A context as the transport makes it.</summary>
    public HelloContext(string clientId, string token, string userAgent, EndPoint? remoteEndPoint)
    {
        ClientId = clientId;
        Token = token;
        UserAgent = userAgent;
        RemoteEndPoint = remoteEndPoint;
    }

    /// <summary>The producer that the client claims to be: 1 to 128 bytes of UTF-8 without control characters, not beginning with <c>$</c>.</summary>
    public string ClientId { get; }

    /// <summary>The token, empty where the client sent none. Never to be logged.</summary>
    public string Token { get; }

    /// <summary>The client's program, as it calls itself; empty where it said nothing. Untrusted text.</summary>
    public string UserAgent { get; }

    /// <summary>Where the connection comes from; null where the transport does not know.</summary>
    public EndPoint? RemoteEndPoint { get; }
}
