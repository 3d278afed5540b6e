using System.Buffers.Binary;
using System.Numerics;

namespace Wire.Load.Frames;

/// <summary>Walks the fields of one protobuf message in place.</summary>
/// <remarks>
/// The load generator shares its cores with the server, so each nanosecond a message that it spends is one that the
/// server does not have; hence no generated parser here. Bytes that are no message end the run.
/// </remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;

    /// <summary>Reads the next field's tag (number and wire type); false at the end of the message.</summary>
    public bool TryReadTag(out uint tag)
    {
        if (_position == _message.Length)
        {
            tag = 0;
            return false;
        }

        tag = (uint)ReadVarint();
        return true;
    }

    /// <summary>Reads a varint.</summary>
    public ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if ((uint)_position >= (uint)_message.Length)
                break;
            var next = _message[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Malformed();
    }

    /// <summary>Reads a length and as many bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        var length = ReadVarint();
        if (length > (ulong)(_message.Length - _position))
            throw Malformed();
        var bytes = _message.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }

    /// <summary>Reads eight bytes, little endian.</summary>
    public ulong ReadFixed64()
    {
        if (_message.Length - _position < sizeof(ulong))
            throw Malformed();
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_message[_position..]);
        _position += sizeof(ulong);
        return value;
    }

    /// <summary>Passes over the value of a field that nobody asked for.</summary>
    public void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case 0:
                ReadVarint();
                break;
            case 1:
                ReadFixed64();
                break;
            case 2:
                ReadBytes();
                break;
            case 5 when _message.Length - _position >= sizeof(uint):
                _position += sizeof(uint);
                break;
            default:
                throw Malformed();
        }
    }

    /// <summary>The number of bytes that a value takes as a varint.</summary>
    public static int VarintBytes(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private static LoadFailureException Malformed() => new("The server sent bytes that are not a protobuf message.");
}
