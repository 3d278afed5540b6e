using System.Buffers.Text;

namespace Wire.Load.Peers.Redis;

/// <summary>Finds replies of the Redis serialization protocol (RESP2) in received bytes.</summary>
internal static class RespReply
{
    private const int LongestLine = 64 * 1024;

    /// <summary>Takes the next reply and moves <paramref name="position"/> behind it.</summary>
    /// <param name="input">What was received.</param>
    /// <param name="position">Where the reply begins.</param>
    /// <param name="kind">Its first character: + text, - error, : number, $ string, * the head of an array.</param>
    /// <param name="text">What it says; of an array how many replies follow.</param>
    /// <returns>False, with <paramref name="position"/> unchanged, where its end has not come yet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> input, ref int position, out char kind, out ReadOnlySpan<byte> text)
    {
        kind = default;
        text = default;
        var rest = input[position..];
        var end = rest.IndexOf("\r\n"u8);
        if (end < 0)
        {
            if (rest.Length > LongestLine)
                throw new LoadFailureException("The server sent a line that does not end.");
            return false;
        }

        if (end == 0 || "+-:$*"u8.IndexOf(rest[0]) < 0)
            throw new LoadFailureException("The server sent what is no reply of Redis.");
        text = rest[1..end];
        var length = end + 2;
        if (rest[0] == '$')
        {
            if (!Utf8Parser.TryParse(text, out int bytes, out var read) || read != text.Length || bytes < 0)
                throw new LoadFailureException("The server sent a string of no length.");
            if (rest.Length - length < bytes + 2)
                return false;
            text = rest.Slice(length, bytes);
            length += bytes + 2;
        }

        kind = (char)rest[0];
        position += length;
        return true;
    }
}
