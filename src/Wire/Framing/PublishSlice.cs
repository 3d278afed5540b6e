using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Wire.Framing;

/// <summary>
/// One publish as it lies in memory: nothing is copied or checked beyond its being protobuf. It lives as long as the pipe's
/// segment or the <see cref="FrameScratch"/> that holds its bytes.
/// </summary>
/// <remarks>One cache line: the largest fields first, so that no padding but the last three bytes is lost.</remarks>
[StructLayout(LayoutKind.Auto)]
internal struct PublishSlice
{
    /// <summary>The array in which the frame lies.</summary>
    public byte[] Buffer;

    public ulong PublishId;
    public ulong InReplyTo;
    public ulong ExpectedHead;

    /// <summary>Where the session's id begins in <see cref="Buffer"/>.</summary>
    public int SessionOffset;

    /// <summary>The length of the session's id in bytes, which may be 0 or beyond the limit: that is refused later.</summary>
    public int SessionLength;

    public int PayloadOffset;
    public int PayloadLength;

    /// <summary>A <see cref="Wire.Protocol.PayloadKind"/> or any other number.</summary>
    public int Kind;

    /// <summary>A <see cref="Wire.Protocol.Channel"/> or any other number.</summary>
    public int Channel;

    /// <summary>A <see cref="Wire.Protocol.Durability"/> or any other number, which is refused later.</summary>
    public int Durability;

    public bool HasExpectedHead;

    public readonly ReadOnlySpan<byte> Session => new(Buffer, SessionOffset, SessionLength);

    public readonly ReadOnlySpan<byte> Payload => new(Buffer, PayloadOffset, PayloadLength);

    /// <summary>The slices of a publish of another than the plain shape, copied into <paramref name="scratch"/>.</summary>
    public static PublishSlice CopyOf(ClientPublish publish, FrameScratch scratch)
    {
        ReadOnlySpan<byte> session = publish.SessionId.Span;
        ReadOnlySpan<byte> payload = publish.Payload.Span;
        var buffer = scratch.Rent(session.Length + payload.Length, out var offset);
        session.CopyTo(buffer.AsSpan(offset));
        payload.CopyTo(buffer.AsSpan(offset + session.Length));
        return new PublishSlice
        {
            Buffer = buffer,
            SessionOffset = offset,
            SessionLength = session.Length,
            PayloadOffset = offset + session.Length,
            PayloadLength = payload.Length,
            PublishId = publish.PublishId,
            InReplyTo = publish.InReplyTo,
            ExpectedHead = publish.ExpectedHead,
            HasExpectedHead = publish.HasExpectedHead,
            Kind = (int)publish.Kind,
            Channel = (int)publish.Channel,
            Durability = (int)publish.Durability,
        };
    }
}
