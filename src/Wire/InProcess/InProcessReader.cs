using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Wire.Client;
using Wire.Framing;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.InProcess;

/// <summary>A connection of the process to its own engine, for one request.</summary>
internal sealed class InProcessReader : IAsyncDisposable
{
    private readonly WireEngine _engine;
    private readonly WireConnection _connection;
    private readonly ConnectionIntake _intake;
    private readonly InProcessOutbox _outbox;

    public InProcessReader(WireEngine engine, WireConnection connection, InProcessOutbox outbox)
    {
        _engine = engine;
        _connection = connection;
        _outbox = outbox;
        outbox.Connection = connection;
        _intake = new ConnectionIntake(engine, connection);
    }

    public Task<MessagePage> Page => _outbox.Page;

    public async ValueTask SendAsync(Frame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FrameWriter.Write(bytes, frame);
        _intake.Take(new ReadOnlySequence<byte>(bytes.WrittenMemory), out _);
        await _intake.DispatchAsync().ConfigureAwait(false);
    }

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _outbox.WaitToReadAsync(cancellationToken);

    public bool TryRead([NotNullWhen(true)] out ReceivedMessage? message) => _outbox.TryRead(out message);

    public ValueTask DisposeAsync()
    {
        _outbox.Close(null);
        _engine.Disconnect(_connection);
        _intake.Dispose();
        return ValueTask.CompletedTask;
    }
}
