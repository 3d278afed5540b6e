using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// Messages as the worker makes runs of them, the checksum that the log adds, and reading them back. The baseline copies the
/// payloads.
/// </summary>
[MemoryDiagnoser]
public class RunBenchmarks
{
    private const int Messages = 64;

    private readonly RunWriter _writer = new();
    private readonly RecordChain _chain = new(1, 0, 0, 0);
    private readonly List<byte[]> _runs = [];
    private byte[] _payload = [];
    private byte[] _copy = [];

    [Params(16, 64, 1024, 65536)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[PayloadBytes];
        new Random(1).NextBytes(_payload);
        _copy = new byte[Messages * PayloadBytes];
        var bytes = Encode(_runs);
        Answer.MustBe(true, bytes > Messages * PayloadBytes && bytes < Messages * (PayloadBytes + 64), "whether the runs have their size");
        Answer.MustBe(bytes, Encode(), "bytes encoded");
        Answer.MustBe((long)Messages * PayloadBytes, Read(), "bytes of payload read back");
        foreach (var run in _runs)
            Answer.MustBe(true, new RecordHeader(run).IsIntact, "whether a run is intact");
        BareCopy();
        Answer.MustBe(_payload, _copy.AsSpan(^PayloadBytes), "the last payload");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public void BareCopy()
    {
        for (var i = 0; i < Messages; i++)
            _payload.CopyTo(_copy, i * PayloadBytes);
    }

    [Benchmark(OperationsPerInvoke = Messages), Allocates(0)]
    public long Encode() => Encode(null);

    /// <summary>The log's part: the fields that depend on the place, and the checksum.</summary>
    [Benchmark(OperationsPerInvoke = Messages), Allocates(0)]
    public void Seal()
    {
        foreach (var run in _runs)
            RecordHeader.Seal(run, 0, 1, 1, 1);
    }

    /// <summary>The checksum again, and each message.</summary>
    [Benchmark(OperationsPerInvoke = Messages), Allocates(0)]
    public long Read()
    {
        var bytes = 0L;
        foreach (var run in _runs)
        {
            if (!new RecordHeader(run).IsIntact)
                return 0;
            var reader = new RunReader(run);
            var message = default(RunMessage);
            while (reader.MoveNext(ref message))
                bytes += message.Payload.Length;
        }
        return bytes;
    }

    private long Encode(List<byte[]>? copies)
    {
        var bytes = 0L;
        _writer.Begin("session-00000001"u8, "producer"u8);
        for (var i = 1; i <= Messages; i++)
        {
            if (!_writer.Fits(PayloadBytes))
            {
                bytes += Complete(copies);
                _writer.Begin("session-00000001"u8, "producer"u8);
            }
            _writer.Add((ulong)i, 0, (int)Channel.Web, 0, (int)Durability.Disk, 0, _payload);
        }
        return bytes + Complete(copies);
    }

    private int Complete(List<byte[]>? copies)
    {
        var run = _writer.Complete((byte)Role.Visitor, in _chain, 1, 1, 1);
        if (copies is not null)
        {
            RecordHeader.Seal(run, 0, 1, 1, 1);
            copies.Add(run.ToArray());
        }
        return run.Length;
    }
}
