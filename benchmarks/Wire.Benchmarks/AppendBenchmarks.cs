using BenchmarkDotNet.Attributes;
using FASTER.core;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Log;
using Wire.Storage;

namespace Wire.Benchmarks;

/// <summary>
/// Appending runs of 64 messages of 64 bytes until they are on stable storage: the durable log against a bare FasterLog on
/// FASTER's own device, and against one that throws everything away. Each call appends 4 MB and waits for all of it.
/// </summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private const int Runs = 1000;
    private const int MessagesOfRun = 64;
    private const int PayloadBytes = 64;

    private readonly AutoResetEvent _progress = new(false);
    private readonly RunWriter _writer = new();
    private readonly RecordChain _chain = new(1, 0, 0, 0);
    private readonly byte[] _payload = new byte[PayloadBytes];
    private string _folder = "";
    private FasterMessageLog _wire = null!;
    private FasterLog _bare = null!;
    private FasterLog _null = null!;
    private IDevice _device = null!;
    private byte[] _entry = [];

    [GlobalSetup]
    public async Task Setup()
    {
        _folder = Directory.CreateTempSubdirectory("wire-append-").FullName;
        _wire = new FasterMessageLog(new StorageOptions { Path = Path.Combine(_folder, "wire") }, TimeProvider.System,
            NullLogger<FasterMessageLog>.Instance);
        await _wire.OpenAsync(() => _progress.Set(), CancellationToken.None);
        _device = Devices.CreateLogDevice(Path.Combine(_folder, "faster.log"), deleteOnClose: true);
        _bare = new FasterLog(new FasterLogSettings { LogDevice = _device, PageSize = 4 << 20, MemorySize = 64 << 20 });
        _null = new FasterLog(new FasterLogSettings { LogDevice = new NullDevice(), PageSize = 4 << 20, MemorySize = 64 << 20 });
        _entry = Encode().ToArray();
        await Wire();
        if (_wire.DurableAddress < (long)Runs * _entry.Length)
            throw new InvalidOperationException("not everything is durable");
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _wire.DisposeAsync();
        _bare.Dispose();
        _null.Dispose();
        _device.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>FASTER alone: enqueue and commit on its own device, which writes through but never syncs the drive.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Runs * MessagesOfRun)]
    public void BareFasterLog()
    {
        for (var i = 0; i < Runs; i++)
            _bare.Enqueue(_entry);
        _bare.Commit(spinWait: true);
    }

    /// <summary>FASTER's memory work only.</summary>
    [Benchmark(OperationsPerInvoke = Runs * MessagesOfRun)]
    public void BareFasterLogWithoutDisk()
    {
        for (var i = 0; i < Runs; i++)
            _null.Enqueue(_entry);
        _null.Commit(spinWait: true);
    }

    /// <summary>Encoding the runs, sealing them, appending, write and fdatasync.</summary>
    [Benchmark(OperationsPerInvoke = Runs * MessagesOfRun)]
    public Task Wire()
    {
        long end = 0;
        for (var i = 0; i < Runs; i++)
        {
            while (_wire.Append(Encode(), out _, out end) != AppendStatus.Appended)
                _progress.WaitOne();
            _wire.Flush();
        }
        while (_wire.DurableAddress < end)
        {
            _wire.Flush();
            _progress.WaitOne();
        }
        return Task.CompletedTask;
    }

    private Span<byte> Encode()
    {
        _writer.Begin("session-00000001"u8, "producer"u8);
        for (var i = 1; i <= MessagesOfRun; i++)
            _writer.Add((ulong)i, 0, 1, 0, 2, 0, _payload);
        return _writer.Complete(1, in _chain, 1, 1, 1);
    }
}
