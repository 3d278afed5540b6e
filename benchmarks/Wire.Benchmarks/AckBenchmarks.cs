using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks;

/// <summary>Answers and deliveries: the writers against Google.Protobuf's, byte for byte the same.</summary>
[MemoryDiagnoser]
public class AckBenchmarks
{
    private const string SessionId = "session-00000001";
    private readonly byte[] _destination = new byte[1024];
    private readonly byte[] _payload = new byte[64];

    [GlobalSetup]
    public void Setup()
    {
        var length = WireAck();
        var written = _destination.AsSpan(0, length).ToArray();
        if (length != GoogleAck() || !written.AsSpan().SequenceEqual(_destination.AsSpan(0, length)))
            throw new InvalidOperationException("the Acks differ");
        length = WireMessage();
        written = _destination.AsSpan(0, length).ToArray();
        if (length != GoogleMessage() || !written.AsSpan().SequenceEqual(_destination.AsSpan(0, length)))
            throw new InvalidOperationException("the Messages differ");
    }

    [Benchmark(Baseline = true)]
    public int GoogleAck() => Write(new Frame
    {
        Ack = new Ack { SessionId = SessionId, PublishId = 64_000, Sequence = 64_000, Count = 64, Durability = Durability.Disk },
    });

    [Benchmark]
    public int WireAck() => FrameWriter.WriteAck(_destination, "session-00000001"u8, 64_000, 64_000, 64, false, (int)Durability.Disk);

    [Benchmark]
    public int GoogleMessage() => Write(new Frame
    {
        Message = new Message
        {
            Id = 1UL << 60,
            SessionId = SessionId,
            Sequence = 64_000,
            TimestampUnixNs = 1L << 60,
            Channel = Channel.Web,
            Role = Role.Visitor,
            Sender = "producer",
            PublishId = 64_000,
            Payload = UnsafeByteOperations.UnsafeWrap(_payload),
        },
    });

    [Benchmark]
    public int WireMessage() => FrameWriter.WriteMessage(_destination, new MessageView
    {
        Id = 1UL << 60,
        SessionId = "session-00000001"u8,
        Sequence = 64_000,
        TimestampUnixNs = 1L << 60,
        Channel = (int)Channel.Web,
        Role = (int)Role.Visitor,
        Sender = "producer"u8,
        PublishId = 64_000,
        Payload = _payload,
    });

    private int Write(Frame frame)
    {
        var output = new CodedOutputStream(_destination);
        output.WriteMessage(frame);
        return (int)output.Position;
    }
}
