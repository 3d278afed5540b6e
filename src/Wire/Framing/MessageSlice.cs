using System.Runtime.InteropServices;

namespace Wire.Framing;

/// <summary>One message as it lies in memory; it lives as long as the bytes that it was read from.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct MessageSlice
{
    /// <summary>The array in which the frame lies.</summary>
    public byte[] Buffer;

    public ulong Id;
    public ulong Sequence;
    public long TimestampUnixNs;
    public ulong PublishId;
    public ulong InReplyTo;
    public int SessionOffset;
    public int SessionLength;
    public int SenderOffset;
    public int SenderLength;
    public int PayloadOffset;
    public int PayloadLength;

    /// <summary>A <see cref="Wire.Protocol.Channel"/> or any other number.</summary>
    public int Channel;

    /// <summary>A <see cref="Wire.Protocol.Role"/> or any other number.</summary>
    public int Role;

    /// <summary>A <see cref="Wire.Protocol.PayloadKind"/> or any other number.</summary>
    public int Kind;

    /// <summary>A <see cref="Wire.Protocol.Finish"/> or any other number.</summary>
    public int Finish;

    public readonly ReadOnlySpan<byte> Session => new(Buffer, SessionOffset, SessionLength);

    public readonly ReadOnlySpan<byte> Sender => new(Buffer, SenderOffset, SenderLength);

    public readonly ReadOnlySpan<byte> Payload => new(Buffer, PayloadOffset, PayloadLength);
}
