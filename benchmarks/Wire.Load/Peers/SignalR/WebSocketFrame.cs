using System.Buffers.Binary;

namespace Wire.Load.Peers.SignalR;

/// <summary>Frames of RFC 6455: a client's, which are masked, and a server's, which are not.</summary>
/// <remarks>
/// <code>
/// FIN 1 bit, reserved 3, opcode 4 | masked 1 bit, length 7 | length(2 for 126, 8 for 127) | mask(4 where masked) | payload
/// </code>
/// </remarks>
internal static class WebSocketFrame
{
    /// <summary>The opcode of what goes on with the message of the frame before.</summary>
    public const int Continuation = 0;

    /// <summary>The opcode of text.</summary>
    public const int Text = 1;

    /// <summary>The opcode of a close.</summary>
    public const int Close = 8;

    /// <summary>The opcode of a ping.</summary>
    public const int Ping = 9;

    /// <summary>The opcode of the answer to it.</summary>
    public const int Pong = 10;

    /// <summary>The bytes of a mask, which are the last before the payload.</summary>
    public const int MaskBytes = 4;

    private const int Final = 0x80;
    private const int Masked = 0x80;
    private const int TwoBytes = 126;
    private const int EightBytes = 127;

    /// <summary>Encodes a client's frame that is a whole message, with a random mask.</summary>
    public static byte[] Encode(int opcode, ReadOnlySpan<byte> payload, Random random)
    {
        var extension = payload.Length < TwoBytes ? 0 : payload.Length <= ushort.MaxValue ? 2 : 8;
        var frame = new byte[2 + extension + MaskBytes + payload.Length];
        frame[0] = (byte)(Final | opcode);
        frame[1] = (byte)(Masked | (extension == 0 ? payload.Length : extension == 2 ? TwoBytes : EightBytes));
        if (extension == 2)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        else if (extension == 8)
            BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);

        var mask = frame.AsSpan(2 + extension, MaskBytes);
        random.NextBytes(mask);
        var to = frame.AsSpan(2 + extension + MaskBytes);
        for (var i = 0; i < payload.Length; i++)
            to[i] = (byte)(payload[i] ^ mask[i % MaskBytes]);
        return frame;
    }

    /// <summary>Where the payload of a client's frame begins.</summary>
    public static int PayloadOffset(ReadOnlySpan<byte> frame) =>
        2 + (frame[1] & ~Masked) switch { TwoBytes => 2, EightBytes => 8, _ => 0 } + MaskBytes;

    /// <summary>Takes what stands before the payload of a server's next frame, and moves <paramref name="position"/> behind it.</summary>
    /// <returns>False, with <paramref name="position"/> unchanged, where it has not come whole.</returns>
    public static bool TryReadHead(ReadOnlySpan<byte> input, ref int position, out int opcode, out long length)
    {
        opcode = 0;
        length = 0;
        var rest = input[position..];
        if (rest.Length < 2)
            return false;
        if ((rest[0] & 0x70) != 0 || (rest[1] & Masked) != 0)
            throw new LoadFailureException("The server sent a WebSocket frame with reserved bits or a mask.");

        var extension = rest[1] switch { TwoBytes => 2, EightBytes => 8, _ => 0 };
        if (rest.Length < 2 + extension)
            return false;
        opcode = rest[0] & 0xF;
        length = extension switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
            8 => BinaryPrimitives.ReadInt64BigEndian(rest[2..]),
            _ => rest[1],
        };
        if (length < 0)
            throw new LoadFailureException("The server sent a WebSocket frame of no length.");
        position += 2 + extension;
        return true;
    }
}
