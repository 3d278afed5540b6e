namespace Wire.Storage.Files;

/// <summary>A file in memory, for reading. Shows what other threads write to the file.</summary>
internal interface IFileMap : IDisposable
{
    long Length { get; }

    /// <summary>A part of the file. Invalid once the map is disposed of.</summary>
    ReadOnlySpan<byte> Bytes(long offset, int length);

    /// <summary>Has the processor fetch the bytes around an offset, without waiting for them; does nothing outside of the file.</summary>
    void Touch(long offset)
    {
    }

    /// <summary>Tells the system that a part will be read in order now.</summary>
    void Prefetch(long offset, long length);
}
