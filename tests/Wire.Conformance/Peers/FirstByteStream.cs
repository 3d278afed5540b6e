namespace Wire.Conformance.Peers;

/// <summary>
/// Lets a reader ask whether the stream is at its end before a parser takes it: the delimited parser of Google.Protobuf
/// cannot tell an end between two frames from one inside a frame.
/// </summary>
internal sealed class FirstByteStream(Stream inner) : Stream
{
    private int _first = -1;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Waits for a byte. False at the end of the stream.</summary>
    public bool Peek()
    {
        if (_first < 0)
        {
            _first = inner.ReadByte();
        }

        return _first >= 0;
    }

    public override int ReadByte()
    {
        if (_first < 0)
        {
            return inner.ReadByte();
        }

        var first = _first;
        _first = -1;
        return first;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_first < 0 || buffer.IsEmpty)
        {
            return inner.Read(buffer);
        }

        buffer[0] = (byte)_first;
        _first = -1;
        return 1;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
