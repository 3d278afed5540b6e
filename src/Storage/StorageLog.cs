using Microsoft.Extensions.Logging;

namespace Wire.Storage;

/// <summary>What the log says. Event ids 4000 to 4099.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(4000, LogLevel.Information, "Opened the log in {Path}: {Segments} files, addresses {Begin:x} to {End:x}, {Sessions} sessions, boot epoch {Epoch}, in {Milliseconds} ms.")]
    public static partial void Opened(ILogger logger, string path, int segments, long begin, long end, long sessions, uint epoch, long milliseconds);

    [LoggerMessage(4001, LogLevel.Warning, "Cut {Bytes} bytes behind address {End:x}: what a crash had left of its last flushes. None of it had been acknowledged as stored on disk.")]
    public static partial void Cut(ILogger logger, long bytes, long end);

    [LoggerMessage(4002, LogLevel.Warning, "The folder {Path} has pages of {Actual} bytes; the setting of {Asked} is not used.")]
    public static partial void PageBytesDiffer(ILogger logger, string path, int actual, int asked);

    [LoggerMessage(4003, LogLevel.Warning, "The file {Path} was missing or damaged; boot epochs go on from {Epoch}.")]
    public static partial void EpochLost(ILogger logger, string path, uint epoch);

    [LoggerMessage(4010, LogLevel.Information, "The log goes on in a new file at address {Address:x}.")]
    public static partial void Rolled(ILogger logger, long address);

    [LoggerMessage(4020, LogLevel.Error, "The log has failed and takes nothing until the process is started again; what it has not acknowledged may be lost.")]
    public static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(4021, LogLevel.Error, "The log's disk is full; publishes are refused once the space that is left allocated is used up: {Reason}")]
    public static partial void Full(ILogger logger, string reason);

    [LoggerMessage(4022, LogLevel.Information, "The log's disk has room again.")]
    public static partial void HasRoom(ILogger logger);

    [LoggerMessage(4023, LogLevel.Warning, "A flush has been stranded for {Milliseconds} ms; poking it.")]
    public static partial void FlushStranded(ILogger logger, long milliseconds);

    [LoggerMessage(4024, LogLevel.Warning, "The log's disk has been busy with one round for {Seconds} s.")]
    public static partial void DeviceSlow(ILogger logger, long seconds);

    [LoggerMessage(4025, LogLevel.Information, "The log's disk answers again.")]
    public static partial void DeviceFast(ILogger logger);

    [LoggerMessage(4030, LogLevel.Information, "Closed the log at address {End:x}.")]
    public static partial void Closed(ILogger logger, long end);

    [LoggerMessage(4031, LogLevel.Error, "The log was closed before all of it was on stable storage: until address {Durable:x} of {End:x}.")]
    public static partial void ClosedEarly(ILogger logger, long durable, long end);
}
