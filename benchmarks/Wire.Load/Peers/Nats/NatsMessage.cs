using System.Buffers.Text;

namespace Wire.Load.Peers.Nats;

/// <summary>Finds messages of the NATS client protocol in received bytes.</summary>
internal static class NatsMessage
{
    private const int LongestLine = 64 * 1024;

    /// <summary>Takes the next message and moves <paramref name="position"/> behind it.</summary>
    /// <param name="input">What was received.</param>
    /// <param name="position">Where the message begins.</param>
    /// <param name="line">Its line, without the end.</param>
    /// <param name="payload">Of a MSG what follows the line.</param>
    /// <returns>False, with <paramref name="position"/> unchanged, where its end has not come yet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> input, ref int position, out ReadOnlySpan<byte> line, out ReadOnlySpan<byte> payload)
    {
        line = default;
        payload = default;
        var rest = input[position..];
        var end = rest.IndexOf("\r\n"u8);
        if (end < 0)
        {
            if (rest.Length > LongestLine)
                throw new LoadFailureException("The server sent a line that does not end.");
            return false;
        }

        var text = rest[..end];
        var length = end + 2;
        if (text.StartsWith("MSG "u8))
        {
            var number = text[(text.LastIndexOf((byte)' ') + 1)..];
            if (!Utf8Parser.TryParse(number, out int bytes, out var read) || read != number.Length || bytes < 0)
                throw new LoadFailureException("The server sent a message of no length.");
            if (rest.Length - length < bytes + 2)
                return false;
            payload = rest.Slice(length, bytes);
            length += bytes + 2;
        }

        line = text;
        position += length;
        return true;
    }
}
