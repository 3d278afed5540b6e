using Microsoft.Extensions.Logging;
using Wire.Diagnostics;

namespace Wire.Storage;

/// <summary>What the log says.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(EventIds.LogOpened, LogLevel.Information, "Opened the log in {Path}: {Segments} files, addresses {Begin:x} to {End:x}, read from {ScannedFrom:x}, {Sessions} sessions, boot epoch {Epoch}, in {Milliseconds} ms.")]
    public static partial void Opened(ILogger logger, string path, int segments, long begin, long end, long scannedFrom, long sessions, uint epoch, long milliseconds);

    [LoggerMessage(EventId = EventIds.DiskLasts, Message = "At the rate of the last {MeasuredDays:f1} days, {Megabytes:f0} MB a day, the disk of {Path} has room for {Days:f0} days.")]
    public static partial void DiskLasts(ILogger logger, LogLevel level, string path, double days, double megabytes, double measuredDays);

    [LoggerMessage(EventIds.TornTailCut, LogLevel.Warning, "Cut {Bytes} bytes behind address {End:x}: what a crash had left of its last flushes. None of it had been acknowledged as stored on disk.")]
    public static partial void Cut(ILogger logger, long bytes, long end);

    [LoggerMessage(EventIds.PageSizeKept, LogLevel.Warning, "The folder {Path} has pages of {Actual} bytes; the setting of {Asked} is not used.")]
    public static partial void PageBytesDiffer(ILogger logger, string path, int actual, int asked);

    [LoggerMessage(EventIds.BootEpochRestored, LogLevel.Warning, "The file {Path} was missing or damaged; boot epochs go on from {Epoch}.")]
    public static partial void EpochLost(ILogger logger, string path, uint epoch);

    [LoggerMessage(EventIds.KeyFileExposed, LogLevel.Warning, "The key file {Path} can be read or changed by others than its owner; take their rights away (chmod 600).")]
    public static partial void KeyFileExposed(ILogger logger, string path);

    [LoggerMessage(EventIds.LogEncrypts, LogLevel.Information, "The log is encrypted with key {KeyId} of {Path}.")]
    public static partial void Encrypts(ILogger logger, uint keyId, string path);

    [LoggerMessage(EventIds.LogEncryptsNoMore, LogLevel.Warning, "Encryption is off: what is appended from now on is not encrypted. The keys of {Path} are used to read.")]
    public static partial void EncryptsNoMore(ILogger logger, string path);

    [LoggerMessage(EventIds.SegmentStarted, LogLevel.Information, "The log goes on in a new file at address {Address:x}.")]
    public static partial void Rolled(ILogger logger, long address);

    [LoggerMessage(EventIds.SnapshotWritten, LogLevel.Debug, "Wrote a snapshot of the index at address {Address:x}: {Sessions} sessions, {Bytes} bytes.")]
    public static partial void SnapshotWritten(ILogger logger, long address, long sessions, long bytes);

    [LoggerMessage(EventIds.SnapshotFailed, LogLevel.Warning, "A snapshot of the index could not be written, so that the next start takes longer: {Reason}")]
    public static partial void SnapshotFailed(ILogger logger, string reason);

    [LoggerMessage(EventIds.SnapshotRejected, LogLevel.Warning, "The index snapshot {Path} is not used, and more of the log is read instead: {Reason}.")]
    public static partial void SnapshotRejected(ILogger logger, string path, string reason);

    [LoggerMessage(EventIds.SegmentCompacted, LogLevel.Information, "Compacted a file of the log: {Path}, {Before} bytes of log in {After}.")]
    public static partial void Compacted(ILogger logger, string path, long before, long after);

    [LoggerMessage(EventIds.SegmentNotCompacted, LogLevel.Warning, "{Path} stays as it is, because compacted it would not read as it does: there is something at offset {Offset} (address {Address:x}) that is no whole record, or cannot be decrypted.")]
    public static partial void NotCompacted(ILogger logger, string path, long offset, long address);

    [LoggerMessage(EventIds.CompactionFailed, LogLevel.Warning, "{Path} could not be compacted and stays as it is; it is tried again in a minute: {Reason}")]
    public static partial void CompactionFailed(ILogger logger, string path, string reason);

    [LoggerMessage(EventIds.CompactionEnded, LogLevel.Error, "Compaction has met an error and ends until the process is started again; the log goes on.")]
    public static partial void CompactionEnded(ILogger logger, Exception error);

    [LoggerMessage(EventIds.SegmentRetired, LogLevel.Information, "{Path} leaves the log, which begins at address {Begin:x} now; it had records of {Sessions} sessions, {Checkpoints} of which got a checkpoint or were forgotten.")]
    public static partial void Retired(ILogger logger, string path, long begin, int sessions, int checkpoints);

    [LoggerMessage(EventIds.RetentionStopped, LogLevel.Error, "{Path} should leave the log and cannot, so that the log grows beyond its limits: {Reason}")]
    public static partial void RetentionStopped(ILogger logger, string path, string reason);

    [LoggerMessage(EventIds.ForgottenForRoom, LogLevel.Warning, "{Sessions} sessions of {Path} are forgotten before their time, because checkpoints of silent sessions would fill the log: raise RetainBytes.")]
    public static partial void ForgottenForRoom(ILogger logger, int sessions, string path);

    [LoggerMessage(EventIds.LogFailed, LogLevel.Error, "The log has failed and takes nothing until the process is started again; what it has not acknowledged may be lost.")]
    public static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(EventIds.LogFull, LogLevel.Error, "The log's disk is full; publishes are refused once the space that is left allocated is used up: {Reason}")]
    public static partial void Full(ILogger logger, string reason);

    [LoggerMessage(EventIds.LogHasRoom, LogLevel.Information, "The log's disk has room again.")]
    public static partial void HasRoom(ILogger logger);

    [LoggerMessage(EventIds.FlushStranded, LogLevel.Warning, "A flush has been stranded for {Milliseconds} ms; poking it.")]
    public static partial void FlushStranded(ILogger logger, long milliseconds);

    [LoggerMessage(EventIds.DiskSlow, LogLevel.Warning, "The log's disk has been busy with one round for {Seconds} s.")]
    public static partial void DeviceSlow(ILogger logger, long seconds);

    [LoggerMessage(EventIds.DiskFast, LogLevel.Information, "The log's disk answers again.")]
    public static partial void DeviceFast(ILogger logger);

    [LoggerMessage(EventIds.ReadFailed, LogLevel.Error, "The file {Path} cannot be read at offset {Offset} (address {Address:x}), or has no whole record there. Sessions with messages there cannot be read in full; others can. Further errors of this file are not logged.")]
    public static partial void ReadFailed(ILogger logger, string path, long offset, long address, Exception? error);

    [LoggerMessage(EventIds.OutOfHandles, LogLevel.Error, "The file {Path} cannot be read, because this process or the system has too many files open; raise the limit (ulimit -n). Sessions with messages there cannot be read at this moment. Further such errors are not logged.")]
    public static partial void OutOfHandles(ILogger logger, string path);

    [LoggerMessage(EventIds.LogClosed, LogLevel.Information, "Closed the log at address {End:x}.")]
    public static partial void Closed(ILogger logger, long end);

    [LoggerMessage(EventIds.LogClosedEarly, LogLevel.Error, "The log was closed before all of it was on stable storage: until address {Durable:x} of {End:x}.")]
    public static partial void ClosedEarly(ILogger logger, long durable, long end);
}
