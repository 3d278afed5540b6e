using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Wire.Benchmarks.Gate;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks.Stages;

/// <summary>One Ack, for a run of any length: the writer against Google.Protobuf's, byte for byte the same. The baseline copies it.</summary>
[MemoryDiagnoser]
public class AckBenchmarks
{
    private readonly byte[] _destination = new byte[1024];
    private byte[] _frame = [];
    private byte[] _sessionUtf8 = [];
    private string _session = "";

    [Params(16, 128)]
    public int SessionIdBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _session = new string('s', SessionIdBytes);
        _sessionUtf8 = Enumerable.Repeat((byte)'s', SessionIdBytes).ToArray();
        _frame = _destination.AsSpan(0, GoogleProtobuf()).ToArray();
        _destination.AsSpan().Clear();
        Answer.MustBe(_frame, _destination.AsSpan(0, Write()), "the Ack");
        _destination.AsSpan().Clear();
        Answer.MustBe(_frame, _destination.AsSpan(0, BareCopy()), "the copied Ack");
    }

    [Benchmark(Baseline = true)]
    public int BareCopy()
    {
        _frame.AsSpan().CopyTo(_destination);
        return _frame.Length;
    }

    [Benchmark]
    public int GoogleProtobuf()
    {
        var output = new CodedOutputStream(_destination);
        output.WriteMessage(new Frame
        {
            Ack = new Ack { SessionId = _session, PublishId = 64_000, Sequence = 64_000, Count = 64, Durability = Durability.Disk },
        });
        return (int)output.Position;
    }

    [Benchmark, Allocates(0)]
    public int Write() => FrameWriter.WriteAck(_destination, _sessionUtf8, 64_000, 64_000, 64, false, (int)Durability.Disk);
}
