using System.Globalization;
using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Cli.Sessions;

/// <summary>A message as a JSON object: <c>text</c> for what is text, else <c>payload</c> in base64. No property is a null.</summary>
internal sealed record MessageJson
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public required string SessionId { get; init; }

    public required ulong Sequence { get; init; }

    /// <summary>A string: it has more digits than a number of JavaScript keeps.</summary>
    public required string Id { get; init; }

    public required string Timestamp { get; init; }

    public required string Sender { get; init; }

    public required string Role { get; init; }

    public required ulong PublishId { get; init; }

    public required string Kind { get; init; }

    public required string Channel { get; init; }

    public required string Finish { get; init; }

    public required ulong InReplyTo { get; init; }

    public string? Text { get; init; }

    public byte[]? Payload { get; init; }

    public static string Of(ReceivedMessage message)
    {
        var text = TextOf(message);
        return JsonLine.Of(new MessageJson
        {
            SessionId = message.SessionId,
            Sequence = message.Sequence,
            Id = message.Id.Value.ToString(CultureInfo.InvariantCulture),
            Timestamp = message.Timestamp.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture),
            Sender = message.Sender,
            Role = message.Role.ToString(),
            PublishId = message.PublishId,
            Kind = message.Kind.ToString(),
            Channel = message.Channel.ToString(),
            Finish = message.Finish.ToString(),
            InReplyTo = message.InReplyTo,
            Text = text,
            Payload = text is null ? message.Payload.ToArray() : null,
        });
    }

    private static string? TextOf(ReceivedMessage message)
    {
        if (message.Kind is not (PayloadKind.Text or PayloadKind.Event))
            return null;
        try
        {
            return Strict.GetString(message.Payload.Span);
        }
        catch (DecoderFallbackException)
        {
            // Said to be text and is none: nothing of it is lost in base64.
            return null;
        }
    }
}
