using System.Globalization;
using Wire.Log;
using Wire.Storage.Files;
using Wire.Storage.Folder;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>Opens the segment files of a folder and checks that they belong together, without looking at their pages.</summary>
internal static class SegmentFolder
{
    public const string Name = "segments";
    const string Prefix = "wire-", Suffix = ".seg";
    const string Advice = "Restore it from a copy, or move the data folder away to start with an empty log.";

    /// <summary>The files in the order of their addresses, each sealed where the next one begins.</summary>
    public static List<SegmentFile> Open(IFileLayer files, string folder, FolderIdentity identity, CommitSlot? slot)
    {
        var segments = new List<SegmentFile>();
        try
        {
            foreach (var path in files.List(folder))
            {
                var name = Path.GetFileName(path);
                if (name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
                    segments.Add(OpenOne(files, path, name, identity));
            }
            segments.Sort((a, b) => a.StartAddress.CompareTo(b.StartAddress));
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

    static SegmentFile OpenOne(IFileLayer files, string path, string name, FolderIdentity identity)
    {
        var digits = name.AsSpan()[Prefix.Length..^Suffix.Length];
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
                throw new LogException($"{path} was renamed: it holds the log from address {header.StartAddress:x16} on (offset 32). Rename it to {SegmentFile.NameFor(header.StartAddress)}.");
            if (header.PageBytes != identity.PageBytes || header.Capacity <= 0 || header.Capacity % header.PageBytes != 0
                || header.StartAddress % header.PageBytes != 0)
                throw new LogException($"{path} does not fit its folder's pages of {identity.PageBytes} bytes (offset 40). {Advice}");
            if (file.Length < SegmentHeader.Size + header.Capacity)
                throw new LogException($"{path} is cut short: it has {file.Length} bytes and needs {SegmentHeader.Size + header.Capacity} (offset {file.Length}). {Advice}");
            var segment = SegmentFile.Open(files, file, path, header);
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
        for (var i = 0; i + 1 < segments.Count; i++)
        {
            var next = segments[i + 1].StartAddress;
            if (next > segments[i].StartAddress + segments[i].Capacity)
                throw new LogException($"A segment is missing from {folder}: {segments[i].Path} ends at address {segments[i].StartAddress + segments[i].Capacity:x16} (offset {SegmentHeader.Size + segments[i].Capacity}), and the next file begins at {next:x16}. {Advice}");
            segments[i].Seal(next);
        }
    }
}
