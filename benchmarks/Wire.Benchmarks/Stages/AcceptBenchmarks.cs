using System.Buffers;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Sessions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// A batch of 256 publishes of 64 bytes from the read loop to its Acks, over a log that forgets and on one thread, as at level
/// MEMORY: new ones, and ones that were stored before. One session gets all of a batch as one run; of more, each gets one publish
/// of it. The baseline looks up and raises a number for each.
/// </summary>
[MemoryDiagnoser]
public class AcceptBenchmarks
{
    private readonly CountingOutbox _outbox = new();
    private readonly Dictionary<int, ulong> _highest = [];
    private PublishFrames _frames = null!;
    private ConnectionIntake _intake = null!;
    private ulong _round;
    private int _at;

    [Params(1, 1000, 1_000_000)]
    public int Sessions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _frames = new PublishFrames(Sessions, 64);
        _intake = ConnectedEngine.Start(new DiscardingLog()).Connect("producer", _outbox);
        for (var i = 0; i < 2 * _frames.Batches; i++)
        {
            BareDictionary();
            Publish();
        }
        Answer.MustBe(Sessions, _highest.Count, "sessions of the baseline");
        Answer.MustBe(new SentFrames(PublishFrames.Batch, 0, 0, 0), Answered(Publish), "answers to new publishes");
        Answer.MustBe(new SentFrames(0, PublishFrames.Batch, 0, 0), Answered(Duplicates), "answers to publishes that were stored");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = PublishFrames.Batch)]
    public int BareDictionary()
    {
        var raised = 0;
        _round++;
        for (var i = 0; i < PublishFrames.Batch; i++)
        {
            ref var highest = ref CollectionsMarshal.GetValueRefOrAddDefault(_highest, _at, out _);
            if (_round > highest)
            {
                highest = _round;
                raised++;
            }
            _at = _at + 1 == Sessions ? 0 : _at + 1;
        }
        return raised;
    }

    [Benchmark(OperationsPerInvoke = PublishFrames.Batch), Allocates(0)]
    public void Publish() => ConnectedEngine.Publish(_intake, _frames.Next());

    [Benchmark(OperationsPerInvoke = PublishFrames.Batch), Allocates(0)]
    public void Duplicates() => ConnectedEngine.Publish(_intake, _frames.Again());

    private SentFrames Answered(Action publish)
    {
        _outbox.Copy = new ArrayBufferWriter<byte>();
        publish();
        var sent = SentFrames.Of(_outbox.Copy.WrittenSpan);
        _outbox.Copy = null;
        return sent;
    }
}
