using System.Text;

namespace Wire.Load.Peers.Nats;

/// <summary>Writes what a client says to a NATS server.</summary>
internal static class NatsCommand
{
    /// <summary>The first line of every client: no +OK for each of the others.</summary>
    public static ReadOnlySpan<byte> Connect => "CONNECT {\"verbose\":false,\"pedantic\":false,\"name\":\"wire-load\"}\r\n"u8;

    /// <summary>Asks for what is published to a subject.</summary>
    public static byte[] Subscribe(string subject) => Encoding.ASCII.GetBytes($"SUB {subject} 1\r\n");

    /// <summary>Publishes.</summary>
    /// <param name="subject">Where to.</param>
    /// <param name="reply">The subject for answers, or null.</param>
    /// <param name="payload">What.</param>
    public static byte[] Publish(string subject, string? reply, ReadOnlySpan<byte> payload) =>
    [
        .. Encoding.ASCII.GetBytes(reply is null ? $"PUB {subject} {payload.Length}\r\n" : $"PUB {subject} {reply} {payload.Length}\r\n"),
        .. payload,
        .. "\r\n"u8,
    ];

    /// <summary>The subject for the answers to a client.</summary>
    public static string Inbox(string client) => $"_INBOX.{client}";
}
