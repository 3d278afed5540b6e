using System.Buffers;
using System.Threading.Channels;
using Google.Protobuf;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Tests.Sessions;

/// <summary>
/// A connection without a socket: a read loop as a transport has it, fed with bytes that are cut anywhere. What it hands to the
/// engine it overwrites as soon as the engine says that it is done with it.
/// </summary>
internal sealed class TestProducer
{
    private readonly EngineHarness _harness;
    private readonly ConnectionIntake _intake;
    private readonly Random _random;
    private readonly Channel<Arrival> _input = System.Threading.Channels.Channel.CreateUnbounded<Arrival>();
    private readonly CancellationTokenSource _cut = new();
    private byte[] _rest = [];

    public TestProducer(EngineHarness harness, WireConnection connection, TestOutbox outbox, int seed)
    {
        _harness = harness;
        Connection = connection;
        Outbox = outbox;
        outbox.Connection = connection;
        outbox.OnClosed = () => _input.Writer.TryComplete();
        if (outbox.IsClosed)
            outbox.OnClosed();
        _random = new Random(seed);
        _intake = new ConnectionIntake(harness.Engine, connection);
        Loop = Task.Run(RunAsync);
    }

    public WireConnection Connection { get; }
    public TestOutbox Outbox { get; }

    /// <summary>The read loop; it ends with the connection, and fails only where the engine does.</summary>
    public Task Loop { get; }

    /// <summary>Sends frames. Completes when the engine is done with their bytes, or the connection has ended.</summary>
    public Task SendAsync(params Frame[] frames)
    {
        return SendAsync(Bytes(frames), isWhole: false);
    }

    /// <summary>Sends frames that arrive in one read.</summary>
    public Task SendWholeAsync(params Frame[] frames) => SendAsync(Bytes(frames), isWhole: true);

    /// <summary>Sends bytes.</summary>
    public Task SendAsync(byte[] bytes, bool isWhole = false)
    {
        var arrival = new Arrival(bytes, isWhole, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (!_input.Writer.TryWrite(arrival))
            arrival.Taken.TrySetResult();
        return arrival.Taken.Task;
    }

    public Task PublishAsync(string session, ulong id, string payload = "", Durability durability = Durability.Default, ulong? expectedHead = null) =>
        SendAsync(Frames.Publish(session, id, payload, durability, expectedHead));

    public Task<Frame> ReadAsync() => Outbox.ReadAsync();

    /// <summary>Closes the sending side: what was sent is answered, then the connection ends.</summary>
    public Task LeaveAsync()
    {
        _input.Writer.TryComplete();
        return Loop;
    }

    /// <summary>Breaks off, as a lost network does; what is under way may still reach the engine.</summary>
    public Task DropAsync()
    {
        Outbox.Break();
        _cut.Cancel();
        _input.Writer.TryComplete();
        return Loop;
    }

    private async Task RunAsync()
    {
        try
        {
            try
            {
                await ReadInputAsync();
            }
            catch (OperationCanceledException) when (_cut.IsCancellationRequested)
            {
            }
            if (!Outbox.IsClosed && !_cut.IsCancellationRequested)
            {
                await Connection.WhenAnsweredAsync(_cut.Token);
                if (_intake.Error is not null)
                    Outbox.Abort(_intake.Error);
            }
        }
        catch (OperationCanceledException) when (_cut.IsCancellationRequested)
        {
        }
        finally
        {
            _harness.Engine.Disconnect(Connection);
            _intake.Dispose();
            Outbox.Break();
            _input.Writer.TryComplete();
            while (_input.Reader.TryRead(out var left))
                left.Taken.TrySetResult();
        }
    }

    private async Task ReadInputAsync()
    {
        while (await _input.Reader.WaitToReadAsync(_cut.Token))
        {
            if (!_input.Reader.TryRead(out var input))
                continue;
            try
            {
                // Sometimes it arrives in two reads.
                var cut = !input.IsWhole && _random.Next(3) == 0 ? _random.Next(input.Bytes.Length + 1) : input.Bytes.Length;
                if (!await TakeAsync(input.Bytes[..cut]) || !await TakeAsync(input.Bytes[cut..]))
                    return;
            }
            finally
            {
                input.Taken.TrySetResult();
            }
        }
    }

    // False where the connection ends.
    private async Task<bool> TakeAsync(byte[] arrived)
    {
        byte[] buffer = [.. _rest, .. arrived];
        while (true)
        {
            if (Outbox.IsClosed)
                return false;
            var pieces = Cut(buffer);
            var sequence = Framing.Segments.Of(pieces);
            var status = _intake.Take(sequence, out var consumed);
            await _intake.DispatchAsync();
            buffer = sequence.Slice(consumed).ToArray();
            foreach (var segment in sequence)
                System.Runtime.InteropServices.MemoryMarshal.AsMemory(segment).Span.Fill(0xEE);
            switch (status)
            {
                case IntakeStatus.Fatal:
                    return false;
                case IntakeStatus.Waiting:
                    await _intake.WaitForRoomAsync(_cut.Token);
                    break;
                default:
                    _rest = buffer;
                    return true;
            }
        }
    }

    private static byte[] Bytes(Frame[] frames)
    {
        var bytes = new MemoryStream();
        foreach (var frame in frames)
            frame.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }

    private byte[][] Cut(byte[] bytes)
    {
        var pieces = new List<byte[]>();
        // Never so many that the test takes its time.
        var largest = _random.Next(4) switch { 0 => 3 + bytes.Length / 500, 1 => 40 + bytes.Length / 200, 2 => 700 + bytes.Length / 100, _ => int.MaxValue };
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - at, largest == int.MaxValue ? largest : 1 + _random.Next(largest));
            pieces.Add(bytes[at..(at + length)]);
            at += length;
        }
        return [.. pieces];
    }

    private sealed record Arrival(byte[] Bytes, bool IsWhole, TaskCompletionSource Taken);
}
