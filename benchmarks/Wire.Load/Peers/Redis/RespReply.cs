namespace Wire.Load.Peers.Redis;

/// <summary>Finds replies of the Redis serialization protocol (RESP2) in received bytes.</summary>
internal static class RespReply
{
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
        if (!TextLine.TryRead(rest, out var line, out var length))
            return false;
        if (line.IsEmpty || "+-:$*"u8.IndexOf(line[0]) < 0)
            throw new LoadFailureException("The server sent what is no reply of Redis.");
        text = line[1..];
        if (line[0] == '$' && !TextLine.TryReadCounted(rest, text, out text, ref length))
            return false;

        kind = (char)rest[0];
        position += length;
        return true;
    }
}
