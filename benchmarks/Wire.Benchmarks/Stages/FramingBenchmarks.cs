using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// Taking publishes out of what a pipe holds: the reader in place against Google.Protobuf's parser. The baseline hops from length
/// to length and looks at nothing.
/// </summary>
[MemoryDiagnoser]
public class FramingBenchmarks
{
    private const int Frames = 64;

    private readonly FrameScratch _scratch = new();
    private byte[] _bytes = [];
    private ReadOnlySequence<byte> _contiguous;
    private ReadOnlySequence<byte> _segmented;

    [Params(16, 64, 1024, 65536)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _bytes = PublishFrames.Build(Frames, PayloadBytes);
        _contiguous = new ReadOnlySequence<byte>(_bytes);
        _segmented = PublishFrames.Segmented(_bytes, 4096);
        var expected = (ulong)Frames * (Frames + 1) / 2 + (ulong)(Frames * PayloadBytes);
        Answer.MustBe(expected, GoogleParser(), "ids and lengths by Google.Protobuf");
        Answer.MustBe(expected, InPlace(), "ids and lengths in place");
        Answer.MustBe(expected, InPlaceSegmented(), "ids and lengths in blocks");
        Answer.MustBe(Frames, BareLengths(), "frames by their lengths");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public int BareLengths()
    {
        var frames = 0;
        for (var at = 0; at < _bytes.Length; frames++)
        {
            var length = 0;
            for (var shift = 0; ; shift += 7)
            {
                var value = _bytes[at++];
                length |= (value & 0x7F) << shift;
                if (value < 0x80)
                    break;
            }
            at += length;
        }
        return frames;
    }

    /// <summary>The generated parser over a delimited stream.</summary>
    [Benchmark(OperationsPerInvoke = Frames)]
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
    [Benchmark(OperationsPerInvoke = Frames), Allocates(0)]
    public ulong InPlace() => Read(_contiguous);

    /// <summary>In place, in blocks of 4 KiB as Kestrel's pool has them: frames that cross two are copied.</summary>
    [Benchmark(OperationsPerInvoke = Frames), Allocates(0)]
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
