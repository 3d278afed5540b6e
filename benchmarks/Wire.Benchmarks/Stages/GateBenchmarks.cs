using System.Buffers;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// Answers that wait until the log is on stable storage: so many always do, one comes for each that goes. The baseline is a queue
/// of the framework's, which copies entries in and out.
/// </summary>
[MemoryDiagnoser]
public class GateBenchmarks
{
    private const int Answers = PublishFrames.Batch;

    private readonly CountingOutbox _outbox = new();
    private readonly Queue<PendingRelease> _bare = new();
    private readonly ReleaseQueue _queue = new();
    private readonly Channel<byte[]> _handOff = System.Threading.Channels.Channel.CreateBounded<byte[]>(1024);
    private readonly byte[] _copy = new byte[1 << 20];
    private readonly byte[] _batch = new byte[Answers * 95];
    private PublishFrames _frames = null!;
    private ConnectionIntake _intake = null!;
    private long _end;
    private int _copied;

    /// <summary>Answers that wait.</summary>
    [Params(1, 64, 2048)]
    public int Waiting { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < Waiting; i++)
        {
            _bare.Enqueue(new PendingRelease { End = ++_end });
            _queue.Add().End = _end;
        }
        Answer.MustBe(Sum(_end - Waiting), BareQueue(), "ends of the bare queue");
        _end -= Answers;
        Answer.MustBe(Sum(_end - Waiting), Queue(), "ends of the queue");

        // 256 sessions: each publish is a run of its own, with an answer of its own.
        _frames = new PublishFrames(Answers, 64, Durability.Disk);
        var engine = ConnectedEngine.Start(new DiscardingLog(Waiting));
        _intake = engine.Connect("producer", _outbox);
        for (var i = 0; i <= Waiting / Answers; i++)
            ConnectedEngine.Publish(_intake, _frames.Next());
        engine.PassBarrier();
        _outbox.Copy = new ArrayBufferWriter<byte>();
        Worker();
        Answer.MustBe(new SentFrames(Answers, 0, 0, 0), SentFrames.Of(_outbox.Copy.WrittenSpan), "answers that the gate let through");
        _outbox.Copy = null;

        _ = Task.Run(async () =>
        {
            await foreach (var bytes in _handOff.Reader.ReadAllAsync())
            {
                bytes.CopyTo(_copy, 0);
                Interlocked.Increment(ref _copied);
            }
        });
        BareHandOff();
        Answer.MustBe(1, Volatile.Read(ref _copied), "batches handed off");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Answers)]
    public long BareQueue()
    {
        var ends = 0L;
        for (var i = 0; i < Answers; i++)
        {
            _bare.Enqueue(new PendingRelease { End = ++_end });
            ends += _bare.Dequeue().End;
        }
        return ends;
    }

    [Benchmark(OperationsPerInvoke = Answers), Allocates(0)]
    public long Queue()
    {
        var ends = 0L;
        for (var i = 0; i < Answers; i++)
        {
            _queue.Add().End = ++_end;
            ends += _queue.First.End;
            _queue.RemoveFirst();
        }
        return ends;
    }

    /// <summary>A bounded channel to a thread of the pool, a copy of the bytes there, and the look that tells of it.</summary>
    [Benchmark(OperationsPerInvoke = Answers)]
    public void BareHandOff()
    {
        var copied = Volatile.Read(ref _copied);
        _handOff.Writer.TryWrite(_batch);
        for (var spin = default(SpinWait); Volatile.Read(ref _copied) == copied; spin.SpinOnce(sleep1Threshold: -1))
        {
        }
    }

    /// <summary>
    /// From the read loop to the Acks of level DISK, over a log that forgets and is always so many records behind: the hand-off to
    /// the worker, which runs by itself at that level, is among it, and 256 runs of one publish.
    /// </summary>
    [Benchmark(OperationsPerInvoke = Answers), Allocates(0)]
    public void Worker()
    {
        var flushes = _outbox.Flushes;
        ConnectedEngine.Publish(_intake, _frames.Next());
        for (var spin = default(SpinWait); _outbox.Flushes == flushes; spin.SpinOnce(sleep1Threshold: -1))
        {
        }
    }

    // Of as many ends after this one as there are answers.
    private static long Sum(long after) => Answers * after + Answers * (Answers + 1L) / 2;
}
