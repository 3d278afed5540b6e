using System.Buffers;
using System.Buffers.Binary;
using System.Threading.Channels;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Benchmarks;

/// <summary>
/// A batch of publishes from the read loop to its Ack, over a log that forgets: parsing, the hand-off to the worker, accepting,
/// encoding, the answer. The baseline hands a batch to another pool thread and back, and copies its bytes there.
/// </summary>
[MemoryDiagnoser]
public class WorkerBenchmarks
{
    private const int Batch = 256;

    private readonly CountingOutbox _outbox = new();
    private readonly Channel<TaskCompletionSource> _bare = System.Threading.Channels.Channel.CreateBounded<TaskCompletionSource>(1024);
    private readonly byte[] _copy = new byte[1 << 20];
    private readonly RunWriter _writer = new();
    private readonly FrameScratch _scratch = new();
    private readonly PublishSlice[] _slices = new PublishSlice[Batch];
    private byte[] _frames = [];
    private int[] _idOffsets = [];
    private ulong _nextId = 1UL << 56;
    private WireEngine _engine = null!;
    private ConnectionIntake _intake = null!;

    [Params(64, 1024)]
    public int PayloadBytes { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        // Ids of nine varint bytes, so that a batch is renewed by patching them.
        _frames = PublishFrames.Build(Batch, PayloadBytes, _nextId);
        var reader = new FrameReader(new ReadOnlySequence<byte>(_frames), ProtocolLimits.DefaultMaxFrameBytes, _scratch);
        _idOffsets = new int[Batch];
        for (var i = 0; reader.Read(out _slices[i]) == FrameStatus.Publish; i++)
        {
            _idOffsets[i] = _slices[i].SessionOffset + _slices[i].SessionLength + 1;
            if (i == Batch - 1)
                break;
        }
        _engine = new WireEngine(new DiscardingLog(), new WireEngineOptions { Workers = 1 }, TimeProvider.System, NullLogger<WireEngine>.Instance);
        await _engine.StartAsync(CancellationToken.None);
        var connection = await _engine.ConnectAsync("producer", Role.Visitor, _outbox, CancellationToken.None);
        _intake = new ConnectionIntake(_engine, connection);
        _ = Task.Run(async () =>
        {
            await foreach (var done in _bare.Reader.ReadAllAsync())
            {
                _frames.CopyTo(_copy, 0);
                done.SetResult();
            }
        });
        await PublishToAck();
        await PublishToAck();
        if (_outbox.Bytes == 0)
            throw new InvalidOperationException("nothing was acknowledged");
    }

    /// <summary>A bounded channel to another thread, a copy of the bytes, and the way back.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Batch)]
    public async Task BareHandOff()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _bare.Writer.TryWrite(done);
        await done.Task;
    }

    /// <summary>All of it.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public async Task PublishToAck()
    {
        RenewIds();
        var status = _intake.Take(new ReadOnlySequence<byte>(_frames), out _);
        if (status != IntakeStatus.Drained)
            throw new InvalidOperationException($"the intake says {status}");
        await _intake.DispatchAsync();
    }

    /// <summary>The read loop's part: finding the frames and filling the batch.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public int Take()
    {
        _intake.Take(new ReadOnlySequence<byte>(_frames), out _);
        _intake.Dispose();
        return 0;
    }

    /// <summary>The worker's encoding of a run, and its checksum.</summary>
    [Benchmark(OperationsPerInvoke = Batch)]
    public uint EncodeRun()
    {
        _writer.Begin("session-00000001"u8, "producer"u8);
        foreach (ref var slice in _slices.AsSpan())
            _writer.Add(slice.PublishId, slice.Kind, slice.Channel, 0, slice.Durability, 0, slice.Payload);
        var record = _writer.Complete(1, new RecordChain(1, 0, 0, 0), 1, 1, 1);
        RecordHeader.Seal(record, 0, 1, 1, 1);
        return BinaryPrimitives.ReadUInt32LittleEndian(record);
    }

    private void RenewIds()
    {
        _nextId += Batch;
        for (var i = 0; i < _idOffsets.Length; i++)
        {
            var id = _nextId + (ulong)i;
            var at = _idOffsets[i];
            for (var shift = 0; shift < 8; shift++, id >>= 7)
                _frames[at + shift] = (byte)(id | 0x80);
        }
    }
}
