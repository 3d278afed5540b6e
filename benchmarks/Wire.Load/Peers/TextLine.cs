using System.Buffers.Text;

namespace Wire.Load.Peers;

/// <summary>The lines of text protocols, which end in CR LF, and what is counted in bytes behind one.</summary>
internal static class TextLine
{
    private const int LongestLine = 64 * 1024;

    /// <summary>Finds the line that bytes begin with.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="line">It, without its end.</param>
    /// <param name="length">Its bytes, with its end.</param>
    /// <returns>False where its end has not come yet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> line, out int length)
    {
        var end = input.IndexOf("\r\n"u8);
        if (end < 0 && input.Length > LongestLine)
            throw new LoadFailureException("The server sent a line that does not end.");
        line = end < 0 ? default : input[..end];
        length = end + 2;
        return end >= 0;
    }

    /// <summary>Finds what follows a line that says how many bytes it is.</summary>
    /// <param name="input">The bytes, from the line on.</param>
    /// <param name="number">How many, in digits.</param>
    /// <param name="payload">What follows.</param>
    /// <param name="length">The line's bytes; moved behind what follows and its end.</param>
    /// <returns>False where its end has not come yet.</returns>
    public static bool TryReadCounted(ReadOnlySpan<byte> input, ReadOnlySpan<byte> number, out ReadOnlySpan<byte> payload, scoped ref int length)
    {
        payload = default;
        if (!Utf8Parser.TryParse(number, out int bytes, out var read) || read != number.Length || bytes < 0)
            throw new LoadFailureException("The server sent a text of no length.");
        if (input.Length - length < bytes + 2)
            return false;
        payload = input.Slice(length, bytes);
        length += bytes + 2;
        return true;
    }
}
