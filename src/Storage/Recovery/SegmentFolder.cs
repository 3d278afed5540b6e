using System.Globalization;
using Wire.Log;
using Wire.Storage.Compaction;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>Opens the segment files of a folder and checks that they belong together, without looking at their pages.</summary>
internal static class SegmentFolder
{
    public const string Name = "segments";
    const string Prefix = "wire-";
    const string Advice = "Restore it from a copy, or move the data folder away to start with an empty log.";

    /// <summary>
    /// The files in the order of their addresses, each sealed where the next one begins. Where a segment has a cold file, that is
    /// taken: it has its name only when all of it is on stable storage.
    /// </summary>
    /// <param name="files">The files.</param>
    /// <param name="coldFiles">Opens cold files.</param>
    /// <param name="folder">That of the segments.</param>
    /// <param name="identity">The data folder's.</param>
    /// <param name="slot">The newest commit slot, or null.</param>
    /// <param name="left">Files that had left the log and were not gone yet when the last process ended: not open.</param>
    public static List<SegmentFile> Open(IFileLayer files, ColdFileLayer coldFiles, string folder, FolderIdentity identity, CommitSlot? slot,
        out List<string> left)
    {
        left = [];
        var segments = new List<SegmentFile>();
        try
        {
            foreach (var path in files.List(folder))
            {
                var name = Path.GetFileName(path);
                if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                    continue;
                if (name.EndsWith(ColdHeader.Suffix, StringComparison.Ordinal))
                    segments.Add(OpenOne(coldFiles, path, name, ColdHeader.Suffix, identity));
                else if (name.EndsWith(SegmentFile.Suffix, StringComparison.Ordinal) && !files.Exists(ColdTwin(path)))
                    segments.Add(OpenOne(files, path, name, SegmentFile.Suffix, identity));
            }
            segments.Sort((a, b) => a.StartAddress.CompareTo(b.StartAddress));
            while (segments.Count > 1 && segments[1].StartAddress <= slot?.BeginAddress)
            {
                // What it was compacted from may not be gone either.
                if (segments[0].IsCold && Path.ChangeExtension(segments[0].Path, SegmentFile.Suffix) is var twin && files.Exists(twin))
                    left.Add(twin);
                left.Add(segments[0].Path);
                segments[0].Unpin();
                segments.RemoveAt(0);
            }
            CheckOrder(segments, slot, folder);
            return segments;
        }
        catch
        {
            foreach (var segment in segments)
                segment.Unpin();
            throw;
        }
    }

    /// <summary>A cold file that this process has just written.</summary>
    public static SegmentFile OpenCold(ColdFileLayer coldFiles, string path, FolderIdentity identity)
    {
        var segment = OpenOne(coldFiles, path, Path.GetFileName(path), ColdHeader.Suffix, identity);
        segment.IsSettled = true;
        return segment;
    }

    /// <summary>The name that the cold file of a segment has.</summary>
    public static string ColdTwin(string path) => path[..^SegmentFile.Suffix.Length] + ColdHeader.Suffix;

    static SegmentFile OpenOne(IFileLayer files, string path, string name, string suffix, FolderIdentity identity)
    {
        var digits = name.AsSpan()[Prefix.Length..^suffix.Length];
        if (!long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var named))
            throw new LogException($"{path} has a name that no segment has. Move it away.");

        var file = files.Open(path);
        try
        {
            var block = new byte[SegmentHeader.Size];
            file.ReadZeroFilled(block, 0);
            var header = SegmentHeader.Read(block, path);
            if (header.FolderId != identity.Id)
                throw new LogException($"{path} belongs to another data folder (offset 16). Move it away, and restore the file of that name that belongs here.");
            if (header.StartAddress != named)
                throw new LogException($"{path} was renamed: it holds the log from address {header.StartAddress:x16} on (offset 32). Rename it to {Prefix}{header.StartAddress:x16}{suffix}.");
            if (header.PageBytes != identity.PageBytes || header.Capacity <= 0 || header.Capacity % header.PageBytes != 0
                || header.StartAddress % header.PageBytes != 0)
                throw new LogException($"{path} does not fit its folder's pages of {identity.PageBytes} bytes (offset 40). {Advice}");
            if (file.Length < SegmentHeader.Size + header.Capacity)
                throw new LogException($"{path} is cut short: it has {file.Length} bytes and needs {SegmentHeader.Size + header.Capacity} (offset {file.Length}). {Advice}");
            var cold = file as ColdFile;
            var segment = SegmentFile.Open(files, file, path, header, isCold: cold is not null, cold?.CompactedLength ?? 0);
            if (cold is not null)
                segment.Seal(cold.Header.EndAddress);
            segment.Rest();
            return segment;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    static void CheckOrder(List<SegmentFile> segments, CommitSlot? slot, string folder)
    {
        if (slot is { } known)
        {
            if (segments.Count == 0 && known.UntilAddress > known.BeginAddress)
                throw new LogException($"The segments of the log are missing from {folder}: it reached from address {known.BeginAddress:x16} to {known.UntilAddress:x16}. {Advice}");
            if (segments.Count > 0 && segments[0].StartAddress > known.BeginAddress)
                throw new LogException($"A segment is missing from {folder}: the log begins at address {known.BeginAddress:x16}, the first file, {segments[0].Path}, at {segments[0].StartAddress:x16} (offset 32). {Advice}");
        }
        if (segments.Count > 0 && segments[^1].IsCold)
            throw new LogException($"A segment is missing from {folder}: none is behind {segments[^1].Path}, which ends at address {segments[^1].EndAddress:x16} (offset 40); a file is only compacted when there is a next one. {Advice}");
        for (var i = 0; i + 1 < segments.Count; i++)
        {
            var next = segments[i + 1].StartAddress;
            if (segments[i].IsCold && next != segments[i].EndAddress)
                throw new LogException($"A segment is missing from {folder}: {segments[i].Path} ends at address {segments[i].EndAddress:x16} (offset 40), and the next file begins at {next:x16}. {Advice}");
            if (next > segments[i].StartAddress + segments[i].Capacity)
                throw new LogException($"A segment is missing from {folder}: {segments[i].Path} ends at address {segments[i].StartAddress + segments[i].Capacity:x16} (offset {SegmentHeader.Size + segments[i].Capacity}), and the next file begins at {next:x16}. {Advice}");
            segments[i].Seal(next);
            segments[i].IsSettled = true;
        }
    }
}
