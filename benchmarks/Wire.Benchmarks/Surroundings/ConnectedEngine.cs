using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Benchmarks.Surroundings;

/// <summary>An engine with one worker, and a read loop's part of its connections.</summary>
internal sealed class ConnectedEngine
{
    private readonly WireEngine _engine;

    private ConnectedEngine(WireEngine engine) => _engine = engine;

    // Set-ups are without tasks, see BenchmarkClass.
    public static ConnectedEngine Start(IMessageLog log, int workers = 1)
    {
        var options = new WireEngineOptions { Workers = workers, LoadedSessions = 2_000_000 * workers };
        var engine = new WireEngine(log, options, new StillTime(), NullLogger<WireEngine>.Instance);
        engine.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
        return new ConnectedEngine(engine);
    }

    public WireEngine Engine => _engine;

    public ConnectionIntake Connect(string clientId, IOutbox outbox)
        => new(_engine, _engine.ConnectAsync(clientId, Role.Visitor, outbox, CancellationToken.None).AsTask().GetAwaiter().GetResult());

    /// <summary>The worker is through with all that it was given.</summary>
    public void PassBarrier()
    {
        var barrier = new BarrierSignal();
        _engine.Workers[0].Post(barrier);
        barrier.Passed.GetAwaiter().GetResult();
    }

    /// <summary>Takes frames and hands them over; ends when the worker is through with their bytes.</summary>
    public static void Publish(ConnectionIntake intake, in ReadOnlySequence<byte> frames)
    {
        var status = intake.Take(frames, out _);
        if (status != IntakeStatus.Drained)
            throw new InvalidOperationException($"the intake says {status}");
        var taken = intake.DispatchAsync();
        // A task would be an object for each batch.
        for (var spin = default(SpinWait); !taken.IsCompleted; spin.SpinOnce(sleep1Threshold: -1))
        {
        }
        taken.GetAwaiter().GetResult();
    }
}
