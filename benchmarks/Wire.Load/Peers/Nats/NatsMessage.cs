namespace Wire.Load.Peers.Nats;

/// <summary>Finds messages of the NATS client protocol in received bytes.</summary>
internal static class NatsMessage
{
    /// <summary>Takes the next message and moves <paramref name="position"/> behind it.</summary>
    /// <param name="input">What was received.</param>
    /// <param name="position">Where the message begins.</param>
    /// <param name="line">Its line, without the end.</param>
    /// <param name="payload">Of a MSG what follows the line.</param>
    /// <returns>False, with <paramref name="position"/> unchanged, where its end has not come yet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> input, ref int position, out ReadOnlySpan<byte> line, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        var rest = input[position..];
        if (!TextLine.TryRead(rest, out line, out var length))
            return false;
        if (line.StartsWith("MSG "u8) && !TextLine.TryReadCounted(rest, line[(line.LastIndexOf((byte)' ') + 1)..], out payload, ref length))
            return false;

        position += length;
        return true;
    }
}
