namespace Wire.Storage.Files;

/// <summary>An open file, addressed by offset. Safe for several threads on different parts of it.</summary>
internal interface IDataFile : IDisposable
{
    long Length { get; }

    void SetLength(long length);

    /// <summary>Writes some of the bytes, at least one, and says how many.</summary>
    int Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Reads some bytes and says how many; 0 at the end of the file.</summary>
    int Read(Span<byte> bytes, long offset);

    /// <summary>Returns once all that was written is on stable storage.</summary>
    void Sync();

    /// <summary>Allocates disk space for a range without changing what it reads as. False where the system cannot.</summary>
    bool Allocate(long offset, long length);

    /// <summary>Makes a range read as zeros and keeps its disk space, without writing it. False where the system cannot; nothing is changed then.</summary>
    bool Zero(long offset, long length);

    /// <summary>Gives the space of a range back; it reads as zeros after that. Where the system cannot, it does nothing.</summary>
    void PunchHole(long offset, long length);

    /// <summary>Whether the system can tell what was written from what was not.</summary>
    bool KnowsHoles { get; }

    /// <summary>The first offset from here on that was written; the file's length where there is none, and <paramref name="offset"/> itself where the system cannot tell.</summary>
    long NextData(long offset);

    /// <summary>The first offset from here on that was never written; <paramref name="offset"/> itself where the system cannot tell.</summary>
    long EndOfData(long offset);

    /// <summary>Lets the system reuse the memory in which it caches a range that is on stable storage. A hint.</summary>
    void DropCache(long offset, long length)
    {
    }

    /// <summary>Maps the whole file for reading. The map stays valid when the file is disposed of.</summary>
    IFileMap Map();
}
