using System.Buffers.Binary;
using Wire.Log;
using Wire.Storage.Files;

namespace Wire.Storage.Folder;

/// <summary>
/// The boot epoch of the newest process that wrote to the folder, in the file <c>epoch</c>: u32 epoch, u32 crc32c of it. It is
/// raised and synced before the first append of a process, so that no two processes ever use the same.
/// </summary>
internal static class EpochFile
{
    public const string FileName = "epoch";

    /// <summary>Far more than the starts that can lie between the newest record and a lost epoch file.</summary>
    const uint LeapWhenLost = 1 << 24;

    // Steps are random, so that a client cannot guess the epoch and put bytes into a payload that look like a record of this
    // run: recovery looks for such records behind a torn end. 2^32 / 2^11 leaves two million starts on average.
    const int LargestStep = 1 << 12;

    /// <summary>The stored epoch; null where the file is missing or damaged.</summary>
    public static uint? Read(IFileLayer files, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!files.Exists(path))
            return null;
        Span<byte> bytes = stackalloc byte[8];
        using (var file = files.Open(path))
            file.ReadZeroFilled(bytes, 0);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == Crc32C.Compute(bytes[..4])
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes)
            : null;
    }

    /// <summary>The epoch for a process that starts now, on stable storage when this returns.</summary>
    /// <param name="files">The files.</param>
    /// <param name="folder">The data folder.</param>
    /// <param name="stored">What <see cref="Read"/> gave.</param>
    /// <param name="newestInLog">The highest epoch of any record, 0 where there is none.</param>
    public static uint Raise(IFileLayer files, string folder, uint? stored, uint newestInLog)
    {
        var step = (uint)Random.Shared.Next(1, LargestStep + 1);
        var from = Math.Max(stored ?? 0, newestInLog) + (ulong)step;
        if (stored is null && newestInLog > 0)
            from += LeapWhenLost;
        if (from > uint.MaxValue)
            throw new LogException($"The folder {folder} has used up its boot epochs ({FileName}). Move it away to start with an empty log.");

        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)from);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], Crc32C.Compute(bytes[..4]));
        var path = Path.Combine(folder, FileName);
        try
        {
            SmallFile.Replace(files, path, bytes);
            SmallFile.Prepare(files, path, bytes.Length);
        }
        catch (DiskFullException) when (files.Exists(path))
        {
            // A log on a full disk is to be opened all the same. In place: it is less than what a disk writes as a whole, and if
            // it were torn, epochs would go on as after a lost file.
            using var file = files.Open(path);
            file.WriteAll(bytes, 0);
            file.Sync();
        }
        return (uint)from;
    }
}
