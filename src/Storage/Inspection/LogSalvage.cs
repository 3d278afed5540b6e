using Wire.Log;

namespace Wire.Storage.Inspection;

/// <summary>
/// Copies what is provably good of a damaged folder into a new one. The folder is read twice and not changed.
/// <para>
/// Of a session whose chain is whole, all is copied. Where the chain has a hole, sequences must not: so the session ends before
/// its first hole; or, where a checkpoint behind its last hole holds the whole of its state, it begins there, as if what is
/// before were retired. The second is preferred, because then no sequence that was given is given to another message, and
/// duplicates are known on. What is whole and not copied can be read with a dump.
/// </para>
/// </summary>
internal static class LogSalvage
{
    /// <summary>The new folder has this name behind its own until it is whole, so that nobody takes a part for it.</summary>
    const string UnfinishedSuffix = ".unfinished";

    /// <param name="path">The damaged folder, which no server may have open.</param>
    /// <param name="target">The new one, which must not exist.</param>
    /// <param name="keyFile">Its keys; what was encrypted is encrypted with the newest of them.</param>
    /// <param name="cancellationToken">Ends the copying; nothing is left of it.</param>
    /// <exception cref="LogException">The folder cannot be read, or the new one cannot be written.</exception>
    public static async Task<SalvageReport> RunAsync(string path, string target, string? keyFile = null, CancellationToken cancellationToken = default)
    {
        target = Path.GetFullPath(target);
        if (Path.Exists(target))
            throw new LogException($"{target} exists. What is salvaged goes into a new folder.");
        using var folder = InspectedFolder.Open(path, keyFile);
        if (folder.IsLive)
            throw new LogException($"{folder.Path} is open by {folder.Holder}. Stop it first.");

        var log = new LogContinuity(folder, checksContent: true);
        var chains = new ChainCheck(folder, log);
        var statistics = new LogStatistics(folder);
        log.Run((record, range) =>
        {
            statistics.Take(record, range);
            chains.Take(record, range);
            return true;
        }, cancellationToken);
        var source = new LogReport(folder, log, statistics, chains);
        if (log.End == LogEnd.Newer)
            throw new LogException($"{log.EndNote}");
        if (statistics.NotRead > 0)
            throw new LogException($"{statistics.NotRead} records of {folder.Path} are encrypted, and a log is copied with its keys only. Name the key file.");

        var unfinished = target + UnfinishedSuffix;
        try
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            var broken = await CopyAsync(folder, chains, unfinished, statistics.Encrypted > 0 ? keyFile : null, cancellationToken).ConfigureAwait(false);
            Directory.Move(unfinished, target);
            Files.SystemFileLayer.Instance.SyncFolder(Path.GetDirectoryName(target)!);
            return new SalvageReport(source, LogInspector.Verify(target, keyFile, cancellationToken), broken);
        }
        catch (Exception e)
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            if (e is IOException or UnauthorizedAccessException)
                throw new LogException($"{target} cannot be written: {e.Message}", e);
            throw;
        }
    }

    static async Task<List<SalvagedSession>> CopyAsync(InspectedFolder folder, ChainCheck chains, string target, string? keyFile, CancellationToken cancellationToken)
    {
        var sessions = new Dictionary<ulong, CopiedSession>();
        var left = chains.Broken.ToDictionary(broken => broken.Key, _ => new Left());
        await using var copy = await CopiedLog.CreateAsync(target, folder, keyFile, cancellationToken).ConfigureAwait(false);
        new LogContinuity(folder, checksContent: false).Run((record, range) =>
        {
            if (record.SessionHash == 0)
                return true;
            var bytes = range.Bytes(record);
            if (chains.Broken.TryGetValue(record.SessionHash, out var broken) && !broken.Keeps(record.Address))
            {
                left[record.SessionHash].Note(new RecordHeader(bytes));
                return true;
            }
            if (!sessions.TryGetValue(record.SessionHash, out var session))
                sessions.Add(record.SessionHash, session = new CopiedSession());
            session.Copy(bytes, (buffer, length) => copy.Append(buffer.AsSpan(0, length), cancellationToken));
            return true;
        }, cancellationToken);
        await copy.CompleteAsync(cancellationToken).ConfigureAwait(false);

        return [.. chains.Broken.Select(broken =>
        {
            var session = sessions.GetValueOrDefault(broken.Key);
            var rest = left[broken.Key];
            return new SalvagedSession(broken.Value.SessionId, session?.First ?? 1, session?.Head ?? 0, broken.Value.Checkpoint != 0, rest.Messages, rest.First, rest.Last);
        }).OrderBy(session => session.SessionId, StringComparer.Ordinal)];
    }

    sealed class Left
    {
        public long Messages { get; private set; }
        public ulong First { get; private set; }
        public ulong Last { get; private set; }

        public void Note(in RecordHeader header)
        {
            if (header.Count == 0)
                return;
            Messages += header.Count;
            First = First == 0 ? header.FirstSequence : First;
            Last = header.LastSequence;
        }
    }
}
