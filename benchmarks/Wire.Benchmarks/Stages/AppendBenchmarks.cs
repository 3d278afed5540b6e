using BenchmarkDotNet.Attributes;
using FASTER.core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using Wire.Benchmarks.Gate;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Storage;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// Appending runs of at most 64 messages until they are on stable storage: the durable log against FasterLog on FASTER's own
/// device. The baseline writes the same bytes to a file and syncs it once. Each call appends 1,024 messages and waits for all.
/// </summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private const int Messages = 1024;
    private const int MessagesOfRun = 64;
    private const int BytesOfFlush = 8 << 20;

    private readonly AutoResetEvent _progress = new(false);
    private readonly List<byte[]> _runs = [];
    private SessionChain _chain;
    private ulong _head;
    private long _flushedEnd;
    private string _folder = "";
    private byte[] _bytes = [];
    private SafeFileHandle _file = null!;
    private long _fileLength;
    private FasterMessageLog _wire = null!;
    private FasterLog _bare = null!;
    private FasterLog _null = null!;
    private IDevice _device = null!;

    [Params(16, 64, 1024, 65536)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        EncodeRuns();
        _bytes = _runs.SelectMany(run => run).ToArray();
        _folder = Directory.CreateTempSubdirectory("wire-append-").FullName;
        _file = File.OpenHandle(Path.Combine(_folder, "bare"), FileMode.CreateNew, FileAccess.Write);
        _device = Devices.CreateLogDevice(Path.Combine(_folder, "faster.log"), deleteOnClose: true);
        _bare = new FasterLog(new FasterLogSettings { LogDevice = _device, PageSize = 4 << 20, MemorySize = 64 << 20 });
        _null = new FasterLog(new FasterLogSettings { LogDevice = new NullDevice(), PageSize = 4 << 20, MemorySize = 64 << 20 });
        _wire = new FasterMessageLog(new StorageOptions { Path = Path.Combine(_folder, "wire") }, TimeProvider.System,
            NullLogger<FasterMessageLog>.Instance);
        _wire.OpenAsync(() => _progress.Set(), CancellationToken.None).AsTask().GetAwaiter().GetResult();

        BareFile();
        Answer.MustBe(_bytes.Length, RandomAccess.GetLength(_file), "bytes of the file");
        BareFasterLog();
        Answer.MustBe(true, _bare.CommittedUntilAddress >= _bytes.Length, "whether the bare log is committed");
        var end = AppendAll();
        Answer.MustBe(true, _wire.DurableAddress >= end, "whether everything is durable");
        for (var i = 0; i < 4 * BytesOfFlush / _runs[0].Length; i++)
            AppendRun();
        Answer.MustBe(true, _wire.DurableAddress > end + 2 * BytesOfFlush, "whether flushes follow the appends");
        AppendAll(out var address);
        using var reader = _wire.OpenReader();
        Answer.MustBe(LogReadStatus.Found, reader.Read(address, out var record), "the read of the newest record");
        Answer.MustBe(_runs[^1].AsSpan(RecordHeader.Size), record[RecordHeader.Size..], "the newest record");
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _wire.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _bare.Dispose();
        _null.Dispose();
        _device.Dispose();
        _file.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One write and one sync.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public void BareFile()
    {
        RandomAccess.Write(_file, _bytes, _fileLength);
        RandomAccess.FlushToDisk(_file);
        _fileLength += _bytes.Length;
    }

    /// <summary>FASTER alone: enqueue and commit on its own device, which writes through but never syncs the drive.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void BareFasterLog()
    {
        foreach (var run in _runs)
            _bare.Enqueue(run);
        _bare.Commit(spinWait: true);
    }

    /// <summary>FASTER's memory work only.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void BareFasterLogWithoutDisk()
    {
        foreach (var run in _runs)
            _null.Enqueue(run);
        _null.Commit(spinWait: true);
    }

    /// <summary>Placing, sealing, appending, write and sync.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public long AppendAll() => AppendAll(out _);

    /// <summary>
    /// One run, with a flush for each 8 MiB and a wait for the one before it. What a flush allocates, some hundred bytes of
    /// FASTER's, is no whole byte a run.
    /// </summary>
    [Benchmark(OperationsPerInvoke = MessagesOfRun), Allocates(0, At = 16)]
    public long AppendRun()
    {
        var end = Append(_runs[0], out _);
        if (end - _flushedEnd < BytesOfFlush)
            return end;
        _wire.Flush();
        while (_wire.DurableAddress < _flushedEnd)
            _progress.WaitOne();
        _flushedEnd = end;
        return end;
    }

    private long AppendAll(out long address)
    {
        long end = 0;
        address = 0;
        foreach (var run in _runs)
            end = Append(run, out address);
        while (_wire.DurableAddress < end)
        {
            _wire.Flush();
            _progress.WaitOne();
        }
        return end;
    }

    // The next run of its session: the header says so, as each must.
    private long Append(byte[] run, out long address)
    {
        var header = new RecordHeader(run);
        RecordHeader.Write(run, RecordKind.Run, 0, header.Role, _chain.Next, _head + 1, header.Count, (long)_head + 1, 1, header.SessionId.Length, header.ClientId.Length);
        long end;
        while (_wire.Append(run, out address, out end) != AppendStatus.Appended)
        {
            _wire.Flush();
            _progress.WaitOne();
        }
        _chain.Append(address, isCheckpoint: false);
        _head += (ulong)header.Count;
        return end;
    }

    private void EncodeRuns()
    {
        using var writer = new RunWriter();
        var payload = new byte[PayloadBytes];
        new Random(1).NextBytes(payload);
        for (var i = 0; i < Messages;)
        {
            writer.Begin("session-00000001"u8, "producer"u8);
            for (; i < Messages && writer.Count < MessagesOfRun && writer.Fits(PayloadBytes); i++)
                writer.Add((ulong)i + 1, 0, (int)Channel.Web, 0, (int)Durability.Disk, 0, payload);
            _runs.Add(writer.Complete((byte)Role.Visitor, default, 1, 1, 1).ToArray());
        }
    }
}
