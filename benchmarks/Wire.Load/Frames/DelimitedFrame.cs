namespace Wire.Load.Frames;

/// <summary>Finds frames, each preceded by its length as a varint, in received bytes.</summary>
internal static class DelimitedFrame
{
    /// <summary>The longest frame that is believed: what a server may send, 1 MiB and 1,024 bytes.</summary>
    public const int MaxBytes = (1 << 20) + 1024;

    /// <summary>Takes the next whole frame, without its length, and moves <paramref name="position"/> behind it.</summary>
    /// <returns>False, with <paramref name="position"/> unchanged, where the frame's end has not come yet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> input, ref int position, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        var length = 0;
        var at = position;
        for (var shift = 0; ; shift += 7)
        {
            if (at >= input.Length)
                return false;
            var next = input[at++];
            length |= (next & 0x7F) << shift;
            if (next < 0x80)
                break;
            if (shift == 21)
                throw new LoadFailureException("The server sent a frame whose length takes more than 4 bytes.");
        }

        if (length is 0 or > MaxBytes)
            throw new LoadFailureException($"The server sent a frame of {length} bytes.");
        if (length > input.Length - at)
            return false;
        frame = input.Slice(at, length);
        position = at + length;
        return true;
    }

    /// <summary>The body inside a frame that holds one body and nothing else.</summary>
    /// <param name="frame">The frame, from its tag on.</param>
    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> frame)
    {
        var reader = new ProtobufReader(frame[1..]);
        var body = reader.ReadBytes();
        if (1 + ProtobufReader.VarintBytes((ulong)body.Length) + body.Length != frame.Length)
            throw new LoadFailureException("The server sent a frame with more in it than one body.");
        return body;
    }
}
