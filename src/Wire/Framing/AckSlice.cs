using System.Runtime.InteropServices;

namespace Wire.Framing;

/// <summary>One acknowledgement as it lies in memory; it lives as long as the bytes that it was read from.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct AckSlice
{
    /// <summary>The array in which the frame lies.</summary>
    public byte[] Buffer;

    public ulong PublishId;
    public ulong Sequence;
    public int SessionOffset;
    public int SessionLength;
    public uint Count;

    /// <summary>A <see cref="Wire.Protocol.Durability"/> or any other number.</summary>
    public int Durability;

    public bool Duplicate;

    public readonly ReadOnlySpan<byte> Session => new(Buffer, SessionOffset, SessionLength);
}
