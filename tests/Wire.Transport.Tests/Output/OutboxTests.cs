using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using Wire.Transport.Output;

namespace Wire.Transport.Tests.Output;

/// <summary>What leaves when, how much may wait, and what that costs.</summary>
public sealed class OutboxTests : OutboxFixture
{
    [Test]
    public void What_is_written_leaves_with_the_flush_and_the_buffer_is_given_back()
    {
        _outbox.Write([1, 2]);
        _outbox.Write([3]);
        Assert.That(Taken(), Is.Empty);
        _outbox.Flush();
        Assert.That(Taken(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(_outbox.WaitingBytes, Is.Zero);
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public void While_a_flush_waits_for_the_peer_writers_only_append()
    {
        _outbox.Write([1]);
        _outbox.Flush();
        _outbox.Write([2]);
        _outbox.Flush();
        _outbox.Write([3]);
        _outbox.Flush();
        Assert.That(_outbox.WaitingBytes, Is.EqualTo(3), "one under way, two behind it");

        Assert.That(Taken(), Is.EqualTo(new byte[] { 1 }));
        Assert.That(Taken(), Is.EqualTo(new byte[] { 2, 3 }));
        Assert.That(_outbox.WaitingBytes, Is.Zero);
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public void Messages_stop_at_the_lower_mark_and_answers_do_not()
    {
        Clog();
        Assert.That(_outbox.TryWrite(new byte[Lower - 2]), Is.True);
        Assert.That(_outbox.TryWrite(new byte[2]), Is.False);
        Assert.That(_outbox.TryWrite(new byte[1]), Is.True, "exactly at the mark");
        _outbox.Write(new byte[Upper]);
        Assert.That(_outbox.WaitingBytes, Is.EqualTo(Lower + Upper));
    }

    [Test]
    public void One_frame_of_any_size_is_admitted_to_an_empty_outbox()
    {
        Assert.That(_outbox.TryWrite(new byte[10 * Upper]), Is.True);
        Assert.That(_outbox.TryWrite(new byte[1]), Is.False);
    }

    [Test]
    public void After_a_refusal_the_owner_is_called_once_when_less_than_half_the_mark_waits()
    {
        Clog();
        _outbox.TryWrite(new byte[Lower - 1]);
        _outbox.Flush();
        Assert.That(_outbox.TryWrite(new byte[1]), Is.False);
        Assert.That(_owner.Drained, Is.Zero);

        Taken();
        Assert.That(_owner.Drained, Is.Zero, "all of it is under way, and nothing of it taken yet");
        Taken();
        Assert.That(_owner.Drained, Is.EqualTo(1));

        Clog();
        Taken();
        Assert.That(_owner.Drained, Is.EqualTo(1), "nothing was refused since");
    }

    [Test]
    public async Task The_read_loop_waits_at_the_upper_mark_until_half_of_it_is_taken()
    {
        Clog();
        _outbox.Write(new byte[Upper - 2]);
        Assert.That(_outbox.WaitBelowUpperMarkAsync(default).IsCompleted, Is.True, "one byte is left");
        _outbox.Write(new byte[1]);
        var waiting = _outbox.WaitBelowUpperMarkAsync(default).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        while (_outbox.WaitingBytes > Upper / 2)
        {
            Assert.That(waiting.IsCompleted, Is.False);
            Taken();
        }
        await waiting.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public void A_large_backlog_is_flushed_in_slices_so_that_progress_shows()
    {
        Clog();
        _outbox.Write(new byte[4 * Upper]);
        Taken();
        var slices = 0;
        while (_outbox.WaitingBytes > 0)
        {
            Assert.That(Taken(), Has.Length.LessThanOrEqualTo(64 * 1024));
            slices++;
        }
        Assert.That(slices, Is.GreaterThanOrEqualTo(8));
    }

    [Test]
    public void Above_half_of_the_budget_every_mark_falls_to_16_KiB()
    {
        Assert.That(_outbox.MessageMark, Is.EqualTo(Lower));
        _budget.Charge(3 * 1024 * 1024);
        Assert.That(_outbox.MessageMark, Is.EqualTo(16 * 1024));
        Assert.That(_budget.UpperMark, Is.EqualTo(16 * 1024));
        Clog();
        Assert.That(_outbox.TryWrite(new byte[16 * 1024]), Is.False);
        Assert.That(_outbox.TryWrite(new byte[16 * 1024 - 1]), Is.True);
        _budget.Release(3 * 1024 * 1024);
        Assert.That(_outbox.MessageMark, Is.EqualTo(Lower));
    }

    [Test]
    public void What_waits_is_charged_to_the_budget_and_more_than_it_has_calls_for_help()
    {
        var called = 0;
        _budget.Exhausted = () => called++;
        Clog();
        _outbox.Write(new byte[1024 * 1024]);
        Assert.That(_budget.Used, Is.GreaterThanOrEqualTo(1024 * 1024));
        Assert.That(called, Is.Zero);
        _outbox.Write(new byte[3 * 1024 * 1024]);
        Assert.That(called, Is.GreaterThan(0));
        while (_outbox.WaitingBytes > 0)
            Taken();
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public async Task A_caller_that_flushes_for_others_who_go_on_writing_is_let_go()
    {
        const int Frames = 100;
        var output = new FedOutput();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _outbox = new Outbox(output, _budget, _owner);
        output.OnFlush = flushes =>
        {
            if (flushes < Frames)
                _outbox.Write([1]);
            else
                all.SetResult();
        };
        _outbox.Write([1]);
        _outbox.Flush();
        Assert.That(output.FlushesOn(Environment.CurrentManagedThreadId), Is.LessThanOrEqualTo(8));
        await all.Task.WaitAsync(TestPeer.Deadline);
    }

    [Test]
    public void It_notes_since_when_the_peer_has_taken_nothing()
    {
        using var heartbeat = _time.CreateTimer(_ => _clock.Advance(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(10));
        Clog();
        Assert.That(_outbox.TakenAt, Is.EqualTo(10_000));
        _time.Advance(TimeSpan.FromSeconds(5));
        _outbox.Write([2]);
        _outbox.Flush();
        Assert.That(_outbox.TakenAt, Is.EqualTo(10_000), "written is not taken");
        Taken();
        Assert.That(_outbox.TakenAt, Is.EqualTo(15_000));
    }

    [Test]
    public async Task Many_writers_lose_nothing_and_keep_their_order()
    {
        const int Writers = 4;
        const int Frames = 20_000;
        Create(pauseThreshold: 4096, PipeScheduler.ThreadPool);
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            var frame = new byte[8];
            for (var i = 0; i < Frames; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(frame, writer);
                BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), i);
                // Half of them as messages, which may be refused while the reader is slow.
                while (i % 2 == 0 && !_outbox.TryWrite(frame))
                    Thread.Yield();
                if (i % 2 != 0)
                    _outbox.Write(frame);
                if (i % 3 == 0)
                    _outbox.Flush();
            }
            _outbox.Flush();
        })).ToArray();

        var next = new int[Writers];
        var received = 0;
        using var deadline = new CancellationTokenSource(TestPeer.Deadline);
        while (received < Writers * Frames)
        {
            var read = await _pipe.Reader.ReadAsync(deadline.Token);
            var buffer = read.Buffer;
            while (buffer.Length >= 8)
            {
                var frame = buffer.Slice(0, 8).ToArray();
                var writer = BinaryPrimitives.ReadInt32LittleEndian(frame);
                Assert.That(BinaryPrimitives.ReadInt32LittleEndian(frame.AsSpan(4)), Is.EqualTo(next[writer]));
                next[writer]++;
                received++;
                buffer = buffer.Slice(8);
            }
            _pipe.Reader.AdvanceTo(buffer.Start, buffer.End);
        }
        await Task.WhenAll(writing);
        Assert.That(await _outbox.EndAsync().WaitAsync(TestPeer.Deadline), Is.True);
        Assert.That(next, Is.All.EqualTo(Frames));
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public void Steady_writing_allocates_nothing_whether_the_peer_is_fast_or_slow()
    {
        foreach (var threshold in new[] { 1, 64 * 1024 })
        {
            Create(threshold);
            var frame = new byte[100];
            for (var i = 0; i < 100; i++)
                Round(frame);

            // An allocation of ours would be in every run; one of the runtime's, a method that is compiled again, is in one.
            var least = long.MaxValue;
            for (var run = 0; run < 5; run++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < 1000; i++)
                    Round(frame);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            Assert.That(least, Is.Zero, $"threshold {threshold}");
        }
    }

    /// <summary>What one message costs that goes to many: what they are sent waits for its flush in all of them at once.</summary>
    [Test]
    public void A_round_for_many_connections_allocates_nothing()
    {
        using var blocks = new BlockPool();
        var outboxes = new List<(Outbox Outbox, Pipe Pipe)>();
        for (var i = 0; i < 300; i++)
        {
            Create(64 * 1024, pool: blocks);
            outboxes.Add((_outbox, _pipe));
        }
        var frames = new byte[7000];
        var (least, received) = (long.MaxValue, 0L);
        for (var round = 0; round < 20; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var (outbox, _) in outboxes)
                outbox.TryWrite(frames);
            foreach (var (outbox, pipe) in outboxes)
            {
                outbox.Flush();
                pipe.Reader.TryRead(out var read);
                received += read.Buffer.Length;
                pipe.Reader.AdvanceTo(read.Buffer.End);
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.That(received, Is.EqualTo(20L * outboxes.Count * frames.Length));
        Assert.That(least, Is.Zero);
    }

    private void Round(byte[] frame)
    {
        _outbox.Write(frame);
        _outbox.Flush();
        _outbox.Write(frame);
        _outbox.Flush();
        for (var reads = 0; reads < 2 && _pipe.Reader.TryRead(out var read); reads++)
            _pipe.Reader.AdvanceTo(read.Buffer.End);
    }

    // Keeps all blocks that it was ever given back, as Kestrel's does.
    private sealed class BlockPool : MemoryPool<byte>
    {
        private readonly Stack<Block> _free = new(4096);

        public override int MaxBufferSize => 4096;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => _free.TryPop(out var block) ? block : new Block(_free);

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Block(Stack<Block> free) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = new byte[4096];

            public void Dispose() => free.Push(this);
        }
    }

    // An output that takes all at once, and in each flush of which somebody else writes.
    private sealed class FedOutput : PipeWriter
    {
        private readonly ConcurrentQueue<int> _threads = new();
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public Action<int> OnFlush { get; set; } = _ => { };

        public int FlushesOn(int thread) => _threads.Count(id => id == thread);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            _threads.Enqueue(Environment.CurrentManagedThreadId);
            OnFlush(_threads.Count);
            return default;
        }

        public override void Advance(int bytes) => _bytes.Advance(bytes);
        public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);
        public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);
        public override void CancelPendingFlush() => throw new NotSupportedException();
        public override void Complete(Exception? exception = null) => throw new NotSupportedException();
    }
}
