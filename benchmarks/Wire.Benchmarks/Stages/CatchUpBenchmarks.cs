using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Subscriptions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// A follower that comes back and is sent the newest 1,024 messages of a session, each a record of its own, from a log in memory.
/// The baseline copies their frames as if they lay there encoded. A longer session costs the way to the first of them.
/// </summary>
[MemoryDiagnoser]
public class CatchUpBenchmarks
{
    private const int Messages = 1024;
    private const int Node = 1;
    private const string SessionId = "session-00000000";

    private readonly CountingOutbox _outbox = new();
    private readonly byte[] _destination = new byte[256 * 1024];
    private InMemoryMessageLog _log = null!;
    private ConnectionIntake _follower = null!;
    private ReadOnlySequence<byte> _subscribe;
    private byte[] _frames = [];
    private long _tail;
    private int _sentBytes;

    [Params(1024, 32_768, 1_048_576)]
    public int SessionMessages { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _log = new InMemoryMessageLog(1L << 30);
        FillSession();
        _frames = _destination.AsSpan(0, Walk()).ToArray();
        Answer.MustBe(Messages, SentFrames.Of(_frames).Messages, "messages on the way");
        Answer.MustBe(_frames.Length, BareCopy(), "bytes copied");

        _follower = ConnectedEngine.Start(_log).Connect("follower", _outbox);
        _subscribe = ClientFrames.Subscribe(SessionId, (ulong)(SessionMessages - Messages + 1));
        _outbox.Copy = new ArrayBufferWriter<byte>();
        _sentBytes = _frames.Length + 1; // and a Subscribed before them
        Subscribe();
        var sent = _outbox.Copy.WrittenSpan;
        _outbox.Copy = null;
        Answer.MustBe(_frames, sent[^_frames.Length..], "the frames that the follower was sent");
        _sentBytes = sent.Length;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public int BareCopy()
    {
        _frames.CopyTo(_destination, 0);
        return _frames.Length;
    }

    /// <summary>Finding the first, reading and encoding; a reader and a path for all of it.</summary>
    [Benchmark(OperationsPerInvoke = Messages), Allocates(5176)]
    public int Walk()
    {
        var written = 0;
        using var reader = _log.OpenReader();
        var walk = new ChainWalk(reader, new ChainPath(_tail));
        var status = walk.Seek((ulong)(SessionMessages - Messages + 1));
        for (var i = 0; i < Messages && status == LogReadStatus.Found; i++)
        {
            status = walk.Next(out var record);
            written += MessageEncoder.EncodeFrames(record, Node, _destination.AsSpan(written));
        }
        return written;
    }

    /// <summary>From the Subscribe to its last message in the outbox, by way of the worker and the connection's pump.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void Subscribe()
    {
        var end = _outbox.Bytes + _sentBytes;
        ConnectedEngine.Publish(_follower, _subscribe);
        for (var spin = default(SpinWait); _outbox.Bytes < end; spin.SpinOnce(sleep1Threshold: -1))
        {
        }
    }

    private void FillSession()
    {
        using var writer = new RunWriter();
        var chain = default(SessionChain);
        var id = Encoding.UTF8.GetBytes(SessionId);
        var payload = new byte[64];
        for (var i = 1; i <= SessionMessages; i++)
        {
            writer.Begin(id, "producer"u8);
            writer.Add((ulong)i, 0, (int)Channel.Web, 0, (int)Durability.Memory, 0, payload);
            if (_log.Append(writer.Complete((byte)Role.Visitor, chain.Next, (ulong)i, (1L << 40) + i, 1L << 60), out _tail, out _) != AppendStatus.Appended)
                throw new InvalidOperationException("the log is full");
            chain.Append(_tail, isCheckpoint: false);
        }
    }
}
