using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Subscriptions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// A batch of 256 publishes to one session that others follow live: encoded once for all, written to the outbox of each, flushed
/// to peers that take it at once. Figures are for a message with all its followers. The baseline copies its frame for each.
/// </summary>
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private const int Messages = PublishFrames.Batch;

    private readonly CountingOutbox _answers = new();
    private readonly byte[] _destination = new byte[64 * 1024];
    private DiscardingPipeWriter[] _peers = [];
    private PublishFrames _publishes = null!;
    private ConnectionIntake _producer = null!;
    private byte[] _run = [];
    private byte[] _frames = [];

    [Params(1, 10, 100, 1000)]
    public int Followers { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        EncodeRun();
        _frames = _destination.AsSpan(0, Encode()).ToArray();
        var sent = SentFrames.Of(_frames);
        Answer.MustBe(Messages, sent.Messages, "messages encoded");
        Answer.MustBe(_frames.Length, GoogleProtobuf(), "bytes by Google.Protobuf");
        Answer.MustBe(_frames, _destination.AsSpan(0, _frames.Length), "the frames by Google.Protobuf");

        var engine = ConnectedEngine.Start(new DiscardingLog());
        var owner = new OutboxOwner();
        _publishes = new PublishFrames(1, 64);
        _producer = engine.Connect("producer", _answers);
        _peers = Enumerable.Range(0, Followers).Select(_ => new DiscardingPipeWriter()).ToArray();
        for (var i = 0; i < Followers; i++)
        {
            var follower = engine.Connect($"follower-{i}", owner.Open(_peers[i]));
            ConnectedEngine.Publish(follower, ClientFrames.Subscribe(PublishFrames.SessionId(0), 0));
        }
        Deliver();
        var before = _peers.Select(peer => peer.Bytes).ToArray();
        Deliver();
        for (var i = 0; i < Followers; i++)
            Answer.MustBe(true, _peers[i].Bytes - before[i] > sent.MessageBytes, "whether a follower got all messages");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public void BareCopy()
    {
        for (var i = 0; i < Followers; i++)
            _frames.CopyTo(_destination, 0);
    }

    /// <summary>The frames of a run by the generated code, for one follower.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public int GoogleProtobuf()
    {
        var output = new CodedOutputStream(_destination);
        var header = new RecordHeader(_run);
        var reader = new RunReader(_run);
        var message = default(RunMessage);
        while (reader.MoveNext(ref message))
        {
            output.WriteMessage(new Frame
            {
                Message = new Message
                {
                    Id = MessageId.FromPacked((ulong)message.PackedId, 1),
                    SessionId = "session-00000000",
                    Sequence = message.Sequence,
                    TimestampUnixNs = header.Timestamp,
                    Channel = (Channel)message.Channel,
                    Role = (Role)header.Role,
                    Sender = "producer",
                    PublishId = message.PublishId,
                    Payload = ByteString.CopyFrom(message.Payload),
                },
            });
        }
        return (int)output.Position;
    }

    /// <summary>The frames of a run, for all followers.</summary>
    [Benchmark(OperationsPerInvoke = Messages), Allocates(0)]
    public int Encode() => MessageEncoder.EncodeFrames(_run, 1, _destination);

    /// <summary>From the producer's read loop to the transport of each follower, with the hand-off to the worker.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void Deliver() => Deliver(_publishes.Next());

    /// <summary>The same of one message alone.</summary>
    [Benchmark, Allocates(0)]
    public void DeliverOne() => Deliver(_publishes.NextOne());

    private void Deliver(in ReadOnlySequence<byte> publishes)
    {
        var last = _peers[^1];
        var flushes = last.Flushes;
        ConnectedEngine.Publish(_producer, publishes);
        for (var spin = default(SpinWait); last.Flushes == flushes; spin.SpinOnce(sleep1Threshold: -1))
        {
        }
    }

    private void EncodeRun()
    {
        using var writer = new RunWriter();
        var payload = new byte[64];
        new Random(1).NextBytes(payload);
        writer.Begin("session-00000000"u8, "producer"u8);
        for (var i = 1; i <= Messages; i++)
            writer.Add((ulong)i, 0, (int)Channel.Web, 0, (int)Durability.Memory, 0, payload);
        _run = writer.Complete((byte)Role.Visitor, new RecordChain(1, 0, 0, 0), 1, 1L << 40, 1L << 60).ToArray();
    }
}
