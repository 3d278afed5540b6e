using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks;

/// <summary>Taking publishes out of what a pipe holds: Google.Protobuf's parser against the reader in place.</summary>
[MemoryDiagnoser]
public class FramingBenchmarks
{
    private const int Frames = 256;

    private readonly FrameScratch _scratch = new();
    private byte[] _bytes = [];
    private ReadOnlySequence<byte> _contiguous;
    private ReadOnlySequence<byte> _segmented;

    [Params(16, 64, 1024)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bytes = PublishFrames.Build(Frames, PayloadBytes);
        _contiguous = new ReadOnlySequence<byte>(_bytes);
        _segmented = PublishFrames.Segmented(_bytes, 4096);
        var expected = (ulong)Frames * (Frames + 1) / 2 + (ulong)(Frames * PayloadBytes);
        if (GoogleParser() != expected || InPlace() != expected || InPlaceSegmented() != expected)
            throw new InvalidOperationException("the readers do not agree");
    }

    /// <summary>The generated parser over a delimited stream.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public ulong GoogleParser()
    {
        var sum = 0UL;
        var input = new CodedInputStream(_bytes);
        for (var i = 0; i < Frames; i++)
        {
            var frame = new Frame();
            input.ReadMessage(frame);
            sum += frame.Publish.PublishId + (ulong)frame.Publish.Payload.Length;
        }
        return sum;
    }

    /// <summary>In place, all in one block.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public ulong InPlace() => Read(_contiguous);

    /// <summary>In place, in blocks of 4 KiB as Kestrel's pool has them: some frames cross two.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
    public ulong InPlaceSegmented() => Read(_segmented);

    private ulong Read(in ReadOnlySequence<byte> bytes)
    {
        var sum = 0UL;
        var reader = new FrameReader(bytes, ProtocolLimits.DefaultMaxFrameBytes, _scratch);
        while (reader.Read(out var publish) == FrameStatus.Publish)
            sum += publish.PublishId + (ulong)publish.PayloadLength;
        _scratch.Reset();
        return sum;
    }
}
