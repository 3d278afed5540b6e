using System.Buffers;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Client;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// The .NET client's part of 64 publishes: taken and encoded, written for the wire, and settled by the Ack for all of them. The
/// baseline copies their payloads.
/// </summary>
[MemoryDiagnoser]
public class ClientBenchmarks
{
    private const int Messages = 64;
    private const string SessionId = "session-00000000";

    private readonly FrameScratch _scratch = new();
    private readonly byte[] _ack = new byte[FrameWriter.MaxAckBytes];
    private readonly ClientTraffic _traffic = new(new WireClientOptions(), null);
    private ArrayBufferWriter<byte> _wire = null!;
    private WirePublisher _publisher = null!;
    private byte[] _payload = [];
    private ulong _sequence;
    private int _answered;

    [Params(16, 64, 1024, 65536)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[PayloadBytes];
        new Random(1).NextBytes(_payload);
        _wire = new ArrayBufferWriter<byte>(Messages * (PayloadBytes + 128));
        var options = new WirePublisherOptions { MaxUnansweredBytes = 1 << 30, OnAnswer = answer => _answered += answer.Count };
        _publisher = new WirePublisher(_traffic, _traffic.Publishes.Open(SessionId, "session-00000000"u8, options));
        _traffic.Connected(ProtocolLimits.DefaultMaxFrameBytes);

        Publish();
        Answer.MustBe(Messages, _answered, "publishes answered");
        Answer.MustBe(0, _publisher.Unanswered, "publishes without an answer");
        var reader = new FrameReader(new ReadOnlySequence<byte>(_wire.WrittenMemory), ProtocolLimits.DefaultMaxFrameBytes, _scratch);
        for (var i = 0; i < Messages; i++)
        {
            Answer.MustBe(FrameStatus.Publish, reader.Read(out var publish), "the frame");
            Answer.MustBe(_payload, publish.Payload, "the payload");
        }
        BareCopy();
        Answer.MustBe(Messages * PayloadBytes, _wire.WrittenCount, "bytes copied");
        GoogleProtobuf();
        Answer.MustBe(true, _wire.WrittenCount > Messages * PayloadBytes, "whether Google.Protobuf wrote all");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public void BareCopy()
    {
        _wire.ResetWrittenCount();
        for (var i = 0; i < Messages; i++)
            _wire.Write(_payload);
    }

    /// <summary>The frames alone, by the generated code.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public void GoogleProtobuf()
    {
        _wire.ResetWrittenCount();
        for (var i = 0; i < Messages; i++)
        {
            FrameWriter.Write(_wire, new Frame
            {
                Publish = new Publish { SessionId = SessionId, PublishId = _sequence + (ulong)i, Payload = UnsafeByteOperations.UnsafeWrap(_payload) },
            });
        }
    }

    /// <summary>
    /// By a publisher, with everything but the socket and its loops. A frame that takes a block of its own costs that block's
    /// object of 32 bytes; one of them is kept from call to call.
    /// </summary>
    [Benchmark(OperationsPerInvoke = Messages), Allocates(0), Allocates(2016, At = 65536)]
    public void Publish()
    {
        _wire.ResetWrittenCount();
        ulong id = 0;
        for (var i = 0; i < Messages; i++)
        {
            if (!_publisher.TryPublish(_payload, out id))
                throw new InvalidOperationException("there is no room");
        }
        _traffic.WriteTo(_wire, int.MaxValue, ProtocolLimits.DefaultMaxFrameBytes);
        _sequence += Messages;
        var length = FrameWriter.WriteAck(_ack, "session-00000000"u8, id, _sequence, Messages, false, (int)Durability.Disk);
        var reader = new ServerFrameReader(new ReadOnlySequence<byte>(_ack, 0, length), ProtocolLimits.DefaultMaxFrameBytes, _scratch);
        if (reader.Read() != ServerFrameStatus.Ack || _traffic.Receive(reader.Ack) is not null)
            throw new InvalidOperationException("the Ack is not taken");
        _traffic.Publishes.AnswersTaken();
    }
}
