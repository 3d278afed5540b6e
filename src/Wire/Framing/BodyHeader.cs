namespace Wire.Framing;

/// <summary>The tag and length of a frame's body.</summary>
internal static class BodyHeader
{
    /// <summary>
    /// Where the fields of the frame's only body begin, or <see cref="Varint.Malformed"/> where the body is another or does
    /// not fill the frame.
    /// </summary>
    public static int Read(ReadOnlySpan<byte> frame, byte tag)
    {
        if (frame.Length < 2 || frame[0] != tag)
            return Varint.Malformed;

        var position = 2;
        ulong length = frame[1];
        if (length >= 0x80)
        {
            position = Varint.ReadOn(frame, position, length, out var whole);
            length = whole;
        }

        // A malformed length has left its position beyond the frame, and the difference is negative.
        return (long)length == frame.Length - position ? position : Varint.Malformed;
    }
}
