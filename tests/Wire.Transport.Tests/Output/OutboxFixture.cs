using System.Buffers;
using System.IO.Pipelines;
using Wire.Protocol;
using Wire.Transport.Connections;
using Wire.Transport.Output;

namespace Wire.Transport.Tests.Output;

/// <summary>An outbox on a pipe whose other end a test reads.</summary>
public abstract class OutboxFixture
{
    private protected const int Lower = 64 * 1024;
    private protected const int Upper = 2 * Lower;

    private protected readonly Owner _owner = new();
    private protected ManualTime _time = null!;
    private protected CoarseClock _clock = null!;
    private protected OutboxBudget _budget = null!;
    private protected Pipe _pipe = null!;
    private protected Outbox _outbox = null!;

    [SetUp]
    public void SetUp() => Create(pauseThreshold: 1);

    // One byte is under way, and the peer does not take it.
    private protected void Clog()
    {
        _outbox.Write([0]);
        _outbox.Flush();
        Assert.That(_outbox.WaitingBytes, Is.GreaterThan(0));
    }

    // The peer takes what the transport has.
    private protected byte[] Taken()
    {
        if (!_pipe.Reader.TryRead(out var read))
            return [];
        var bytes = read.Buffer.ToArray();
        _pipe.Reader.AdvanceTo(read.Buffer.End);
        return bytes;
    }

    private protected void Create(long pauseThreshold, PipeScheduler? scheduler = null, MemoryPool<byte>? pool = null)
    {
        scheduler ??= PipeScheduler.Inline;
        _time = new ManualTime();
        _clock = new CoarseClock(_time, TimeSpan.FromSeconds(1));
        _budget = new OutboxBudget(new TransportLimits { OutboxBytes = Upper, BufferBytes = 4 * 1024 * 1024 }, _clock);
        _pipe = new Pipe(new PipeOptions(pool, scheduler, scheduler, pauseThreshold, Math.Max(1, pauseThreshold / 2), useSynchronizationContext: false));
        _owner.Reset();
        _outbox = new Outbox(_pipe.Writer, _budget, _owner);
    }

    private protected sealed class Owner : IOutboxOwner
    {
        public int Drained { get; private set; }
        public int Broken { get; private set; }
        public int Closed { get; private set; }
        public List<ErrorCode> Aborted { get; } = [];

        public void OnDrained() => Drained++;
        public void OnAborted(Error error) => Aborted.Add(error.Code);
        public void OnBroken() => Broken++;
        public void OnClosed() => Closed++;

        public void Reset()
        {
            Drained = Broken = Closed = 0;
            Aborted.Clear();
        }
    }
}
