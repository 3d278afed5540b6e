using Wire.Log;

namespace Wire.Storage.Inspection;

/// <summary>
/// Looks into a data folder, without taking part in it: nothing is locked, written or kept from a server that has it open.
/// </summary>
internal static class LogInspector
{
    /// <summary>Reads all of the log and counts what is there.</summary>
    /// <exception cref="LogException">It is no data folder, or one that this program cannot read.</exception>
    public static LogReport Stat(string path, string? keyFile = null, CancellationToken cancellationToken = default) => Read(path, keyFile, checksContent: false, cancellationToken);

    /// <summary>Reads all of the log and checks it: files, checksums, numbers, contents, and the chains of the sessions.</summary>
    /// <exception cref="LogException">It is no data folder, or one that this program cannot read.</exception>
    public static LogReport Verify(string path, string? keyFile = null, CancellationToken cancellationToken = default) => Read(path, keyFile, checksContent: true, cancellationToken);

    /// <summary>Gives the records that are asked for, in the order of the log.</summary>
    /// <param name="path">The data folder.</param>
    /// <param name="keyFile">Its keys, or null.</param>
    /// <param name="filter">Which.</param>
    /// <param name="take">Gets a record, and the range that holds its bytes; false ends the reading.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What is wrong with the log as far as it was read, and records that were passed over because they are encrypted and there is no key.</returns>
    /// <exception cref="LogException">It is no data folder, or one that this program cannot read.</exception>
    public static (LogContinuity Log, long NotRead) Records(
        string path, string? keyFile, RecordFilter filter, Func<ScannedRecord, ScannedRange, bool> take, CancellationToken cancellationToken = default)
    {
        using var folder = InspectedFolder.Open(path, keyFile);
        var log = new LogContinuity(folder, checksContent: false, filter.FirstAddress(folder));
        var notRead = 0L;
        log.Run((record, range) =>
        {
            var header = new RecordHeader(range.Bytes(record));
            if (record.IsOpen)
                return !filter.Takes(header) || take(record, range);
            notRead++;
            return true;
        }, cancellationToken);
        return (log, notRead);
    }

    static LogReport Read(string path, string? keyFile, bool checksContent, CancellationToken cancellationToken)
    {
        using var folder = InspectedFolder.Open(path, keyFile);
        var log = new LogContinuity(folder, checksContent);
        var statistics = new LogStatistics(folder);
        var chains = checksContent ? new ChainCheck(folder, log) : null;
        log.Run((record, range) =>
        {
            statistics.Take(record, range);
            chains?.Take(record, range);
            return true;
        }, cancellationToken);
        return new LogReport(folder, log, statistics, chains);
    }
}
