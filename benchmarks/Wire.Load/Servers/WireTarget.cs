using System.Globalization;
using System.Net;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Protocol;

namespace Wire.Load.Servers;

/// <summary>Wire, as a child process with a log of its own, which is removed in the end.</summary>
internal sealed class WireTarget : ServerTarget
{
    // More than a log on a memory disk has been seen to grow by.
    private const long TouchedBytesPerSecond = 1L << 30;

    // What a log is filled with: as many sessions as a house has in a while, and what people write.
    private const int FillSessions = 100_000, FillPayloadBytes = 512;

    private readonly DirectoryInfo _folder;
    private readonly IReadOnlyList<string> _settings;
    private readonly long _logLimitBytes;
    private readonly bool _isInMemory;
    private readonly bool _touchesMemory;
    private ServerProcess _process;
    private long _filledBytes;

    /// <summary>Starts it with an empty log.</summary>
    /// <param name="folder">Where its log goes: a folder that is not there yet, and will not be again.</param>
    /// <param name="settings">Its settings beyond the defaults, each <c>key=value</c>.</param>
    /// <param name="logLimitBytes">The size at which <see cref="Renew"/> begins a new log.</param>
    /// <param name="isInMemory">Whether the log is in memory instead of that folder.</param>
    /// <param name="touchesMemory">Whether <see cref="Prepare"/> does something where the folder is on a memory disk.</param>
    /// <param name="name">Its name in tables.</param>
    public WireTarget(
        string folder, IReadOnlyList<string> settings, long logLimitBytes, bool isInMemory, bool touchesMemory, string name = "Wire")
    {
        Name = name;
        _isInMemory = isInMemory;
        _folder = Directory.CreateDirectory(folder);
        _settings = settings;
        _logLimitBytes = logLimitBytes;
        try
        {
            _touchesMemory = touchesMemory && !isInMemory && MemoryDisk.Holds(folder);
            _process = Start();
        }
        catch
        {
            _folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>How long the log is before the first window, at least; it then grows by no more than a tenth before it is begun anew.</summary>
    public long FillBytes { get; init; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override ILoadProtocol Protocol => WireProtocol.Ack;

    /// <inheritdoc/>
    public override IPEndPoint EndPoint => new(IPAddress.Loopback, _process.Port);

    /// <inheritdoc/>
    public override ServerStats ReadStats() => _process.ReadStats();

    /// <inheritdoc/>
    public override ServerStats Collect() => _process.Collect();

    /// <inheritdoc/>
    public override long? ReadLogBytes() => ReadStats().LogBytes;

    /// <summary>
    /// Begins a new log where the old one is large: at full rate it would fill the disk within minutes. Where its length is what is
    /// varied, it is large as soon as that is another.
    /// </summary>
    public override bool Renew()
    {
        var bytes = _isInMemory ? ReadLogBytes() : DiskUsage.BytesUnder(_folder.FullName);
        var mostGrowth = FillBytes == 0 ? _logLimitBytes : Math.Min(_logLimitBytes, FillBytes / 10);
        if (bytes - _filledBytes < mostGrowth)
            return false;
        _process.Dispose();
        _folder.Delete(recursive: true);
        _folder.Create();
        _process = Start();
        _filledBytes = 0;
        return true;
    }

    /// <summary>Publishes until the log is as long as it is to be, and starts the server anew, which then has none of that in memory.</summary>
    public override void Fill(CancellationToken cancellation)
    {
        if (FillBytes == 0)
            return;
        var plan = new LoadPlan
        {
            EndPoint = EndPoint,
            Protocol = Protocol,
            Connections = 64,
            Depth = 256,
            Name = "fill",
            Sessions = FillSessions,
            PayloadBytes = FillPayloadBytes,
            Durability = Durability.Disk,
        };
        LogGrowth.Run(_process, plan, FillBytes, cancellation);
        _process.Dispose();
        _process = Start();
        _filledBytes = DiskUsage.BytesUnder(_folder.FullName);
    }

    /// <summary>Has the machine own the memory that the log will take, where the log is on a memory disk.</summary>
    public override void Prepare(TimeSpan window)
    {
        if (_touchesMemory)
            MemoryDisk.Touch(_folder.FullName, (long)(window.TotalSeconds * TouchedBytesPerSecond));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            _process.Dispose();
        }
        finally
        {
            _folder.Refresh();
            if (_folder.Exists)
                _folder.Delete(recursive: true);
        }
    }

    private ServerProcess Start()
    {
        var arguments = new List<string> { "server-wire", "--data", _folder.FullName };
        foreach (var setting in _settings)
            arguments.AddRange(["--set", setting]);
        // Twice the limit: it is looked at between windows only.
        if (_isInMemory)
            arguments.AddRange(["--in-memory", (_logLimitBytes * 2 >> 30).ToString(CultureInfo.InvariantCulture)]);
        return new ServerProcess(arguments);
    }
}
