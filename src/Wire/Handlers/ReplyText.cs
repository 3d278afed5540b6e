using System.Text;

namespace Wire.Handlers;

/// <summary>
/// A text that grows, as UTF-8. What was looked at stays as it was, so it is read without copies while more is added. Pieces may
/// be cut anywhere, between the halves of a surrogate pair too; what is there is always whole characters. Not thread-safe but
/// for what <see cref="Text"/> returned.
/// </summary>
internal sealed class ReplyText
{
    private const int MaxCharacterBytes = 4;

    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private byte[] _buffer = new byte[256];
    private int _length;

    public ReadOnlyMemory<byte> Text => _buffer.AsMemory(0, _length);

    public int Length => _length;

    /// <summary>Adds a piece, or of it what fits; false where something did not.</summary>
    public bool Append(ReadOnlySpan<char> piece, int maxBytes)
    {
        while (!piece.IsEmpty)
        {
            // So much fits whatever it is. A single character may be one that a piece before has begun.
            var part = piece[..Math.Min(piece.Length, 4096)];
            if (maxBytes - _length < MaxCharacterBytes)
                return false;
            Reserve(Encoding.UTF8.GetMaxByteCount(part.Length + 1));
            _encoder.Convert(part, _buffer.AsSpan(_length, Math.Min(_buffer.Length, maxBytes) - _length), flush: false,
                out var used, out var written, out var completed);
            _length += written;
            piece = piece[used..];
            if (!completed && used == 0)
                return false;
        }
        return true;
    }

    /// <summary>Nothing more comes: half a character that was begun becomes U+FFFD.</summary>
    public void Complete(int maxBytes)
    {
        if (maxBytes - _length < MaxCharacterBytes)
            return;
        Reserve(MaxCharacterBytes);
        _encoder.Convert([], _buffer.AsSpan(_length, Math.Min(_buffer.Length, maxBytes) - _length), flush: true, out _, out var written, out _);
        _length += written;
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes)
            return;
        // A new array, and the old one left to those who look at it.
        var larger = new byte[Math.Max(_buffer.Length * 2, _length + bytes)];
        Text.Span.CopyTo(larger);
        _buffer = larger;
    }
}
