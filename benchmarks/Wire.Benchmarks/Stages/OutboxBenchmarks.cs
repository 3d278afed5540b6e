using System.Buffers;
using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Transport.Output;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// Frames from whoever has them to the transport's pipe, which is read at once, with a flush for each 64 KiB or 64 frames. The
/// baseline is the pipe's own writer, which takes one thread at a time and no bound.
/// </summary>
[MemoryDiagnoser]
public class OutboxBenchmarks
{
    private const int Frames = 64;
    private const int BytesOfFlush = 64 * 1024;

    private readonly Pipe _barePipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private Outbox _outbox = null!;
    private byte[] _frame = [];

    [Params(16, 64, 1024, 65536)]
    public int FrameBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _outbox = new OutboxOwner().Open(_pipe.Writer);
        _frame = new byte[FrameBytes];
        new Random(1).NextBytes(_frame);
        Answer.MustBe((long)Frames * FrameBytes, BarePipeWriter(), "bytes through the bare pipe");
        Answer.MustBe((long)Frames * FrameBytes, Write(), "bytes of answers");
        Answer.MustBe((long)Frames * FrameBytes, TryWrite(), "bytes of messages");
        _outbox.Write(_frame);
        _outbox.Flush();
        _pipe.Reader.TryRead(out var read);
        Answer.MustBe(_frame, read.Buffer.ToArray().AsSpan(), "the frame");
        _pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public long BarePipeWriter()
    {
        var drained = 0L;
        for (var i = 1; i <= Frames; i++)
        {
            _barePipe.Writer.Write(_frame);
            if (!IsFlush(i))
                continue;
            var flush = _barePipe.Writer.FlushAsync();
            flush.GetAwaiter().GetResult();
            drained += Drain(_barePipe.Reader);
        }
        return drained;
    }

    /// <summary>As answers are written.</summary>
    [Benchmark(OperationsPerInvoke = Frames), Allocates(0)]
    public long Write()
    {
        var drained = 0L;
        for (var i = 1; i <= Frames; i++)
        {
            _outbox.Write(_frame);
            if (IsFlush(i))
                drained += Flush();
        }
        return drained;
    }

    /// <summary>As messages are, which are refused where too much waits.</summary>
    [Benchmark(OperationsPerInvoke = Frames), Allocates(0)]
    public long TryWrite()
    {
        var drained = 0L;
        for (var i = 1; i <= Frames; i++)
        {
            if (!_outbox.TryWrite(_frame))
                throw new InvalidOperationException("the outbox refuses");
            if (IsFlush(i))
                drained += Flush();
        }
        return drained;
    }

    private bool IsFlush(int frames) => frames == Frames || frames * FrameBytes % BytesOfFlush == 0;

    private long Flush()
    {
        _outbox.Flush();
        return Drain(_pipe.Reader);
    }

    private static long Drain(PipeReader reader)
    {
        reader.TryRead(out var read);
        var bytes = read.Buffer.Length;
        reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }
}
