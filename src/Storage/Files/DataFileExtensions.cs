namespace Wire.Storage.Files;

internal static class DataFileExtensions
{
    /// <summary>Writes all of the bytes, however many calls that takes.</summary>
    public static void WriteAll(this IDataFile file, ReadOnlySpan<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var written = file.Write(bytes, offset);
            if (written <= 0)
                throw new IOException("A write took no byte and gave no error.");
            bytes = bytes[written..];
            offset += written;
        }
    }

    /// <summary>Fills the buffer from the file, with zeros beyond its end.</summary>
    public static void ReadZeroFilled(this IDataFile file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            var read = file.Read(bytes, offset);
            if (read <= 0)
                break;
            bytes = bytes[read..];
            offset += read;
        }
        bytes.Clear();
    }
}
