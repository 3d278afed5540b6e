using System.Buffers;
using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Sessions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// The read loop's part of a batch: finding its frames, checking them, and gathering them for the workers concerned. The baseline
/// copies the bytes, as a read loop would that hands them over as they are.
/// </summary>
[MemoryDiagnoser]
public class BatchingBenchmarks
{
    private readonly CountingOutbox _outbox = new();
    private ReadOnlySequence<byte> _frames;
    private byte[] _copy = [];
    private ConnectionIntake _one = null!;
    private ConnectionIntake _four = null!;

    [Params(16, 64, 1024, 65536)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        // Of 256 sessions, so that with several workers each has its batch.
        _frames = new PublishFrames(PublishFrames.Batch, PayloadBytes).Next();
        _copy = new byte[_frames.Length];
        _one = ConnectedEngine.Start(new DiscardingLog()).Connect("producer", _outbox);
        _four = ConnectedEngine.Start(new DiscardingLog(), workers: 4).Connect("producer", _outbox);
        Answer.MustBe((long)_copy.Length, BareCopy(), "bytes copied");
        foreach (var intake in new[] { _one, _four })
        {
            Answer.MustBe(IntakeStatus.Drained, Take(intake), "what the intake says");
            ConnectedEngine.Publish(intake, _frames);
        }
        // Each publish is of a session of its own, and so is each Ack.
        Answer.MustBe(true, _outbox.Bytes >= 2 * PublishFrames.Batch * 20, "whether all were acknowledged");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = PublishFrames.Batch)]
    public long BareCopy()
    {
        _frames.CopyTo(_copy);
        return _frames.Length;
    }

    [Benchmark(OperationsPerInvoke = PublishFrames.Batch), Allocates(0)]
    public int OneWorker() => (int)Take(_one);

    /// <summary>Routed to four.</summary>
    [Benchmark(OperationsPerInvoke = PublishFrames.Batch), Allocates(0)]
    public int FourWorkers() => (int)Take(_four);

    private IntakeStatus Take(ConnectionIntake intake)
    {
        var status = intake.Take(_frames, out _);
        intake.Dispose(); // lets go of the batch, as after its dispatch
        return status;
    }
}
