using System.Globalization;
using System.Text;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Cli.Sessions;

/// <summary>A message as a line.</summary>
internal static class MessageLine
{
    public static string Of(ReceivedMessage message)
    {
        var time = message.Timestamp.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return $"{message.Sequence,6}  {time}  {message.Role,-8} {message.Sender}: {ContentOf(message)}";
    }

    private static string ContentOf(ReceivedMessage message)
    {
        if (message.Kind is not (PayloadKind.Text or PayloadKind.Event))
            return $"[{message.Kind}, {message.Payload.Length} bytes]";

        return Plain(Encoding.UTF8.GetString(message.Payload.Span));
    }

    /// <summary>What somebody else wrote does not steer this terminal.</summary>
    public static string Plain(string text) => string.Create(text.Length, text, static (line, source) =>
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = char.IsControl(source[i]) ? ' ' : source[i];
    });
}
