using System.Diagnostics;
using System.Globalization;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Load.History;
using Wire.Load.Measurement;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Recovery;

/// <summary>
/// How long a server takes to start over a log that grows: after kill -9, after an orderly stop, and without a snapshot of the
/// index. Beside it what the sessions take of its memory, and how fast those come back that had left it.
/// </summary>
internal static class RecoveryProgram
{
    private const int Connections = 64, Depth = 256, Interrupted = 130;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static async Task<int> RunAsync(RecoverySettings settings, TextWriter output, CancellationToken cancellation)
    {
        var machine = new MachineInfo { FileSystem = MountPoint.Describe(settings.DataPath) };
        if (Directory.Exists(settings.DataPath))
        {
            await Console.Error.WriteLineAsync($"{settings.DataPath} exists; name a folder that does not.");
            return 1;
        }
        try
        {
            var empty = Starts(settings, settings.Repeats, () => { }, cancellation);
            var beyond = SpreadOf(empty);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"start to ready, process included, of an empty log: {beyond.Median:0} ms ({beyond.Min:0} to {beyond.Max:0}); medians of {settings.Repeats}"
                + $"{(settings.WithoutSnapshot ? $", without a snapshot of {StartsWithoutSnapshot(settings)}" : "")}, caches {(settings.IsCold ? "dropped" : "warm")}; below it is taken off each"));
            await output.WriteLineAsync("| log | sessions | after kill -9 | after an orderly stop | without a snapshot | memory of an idle server a session |");
            await output.WriteLineAsync("| --- | --- | --- | --- | --- | --- |");
            var steps = new List<RecoveryStep>();
            var idle = IdleMemory(settings);
            foreach (var size in settings.Sizes)
            {
                var bytes = Grow(settings, steps.Count, (long)(size * 1e9), cancellation);
                var killed = Starts(settings, settings.Repeats, () => { }, cancellation);
                var memory = IdleMemory(settings); // which ends in good order
                var orderly = Starts(settings, settings.Repeats, () => { }, cancellation);
                var without = settings.WithoutSnapshot ? Starts(settings, StartsWithoutSnapshot(settings), () => ForgetIndex(settings), cancellation) : null;
                var sessions = (long)(steps.Count + 1) * settings.Sessions;
                steps.Add(new RecoveryStep(size, bytes, sessions, killed, orderly, without, (double)(memory - idle) / sessions));
                await output.WriteLineAsync(Row(steps[^1], beyond.Median));
            }

            var returning = settings.Returning > 0 ? Returning(settings, cancellation) : null;
            if (returning is not null)
                await output.WriteLineAsync($"{returning}");
            if (settings.JsonPath is not null)
                new RecoveryReport(machine, settings, empty, steps, returning).Write(settings.JsonPath);
            return 0;
        }
        catch (LoadFailureException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Interrupted;
        }
        finally
        {
            if (Directory.Exists(settings.DataPath))
                Directory.Delete(settings.DataPath, recursive: true);
        }
    }

    // Publishes to new sessions, one message each in turn, until the log is so long, and kills the server in the middle of it.
    private static long Grow(RecoverySettings settings, int step, long bytes, CancellationToken cancellation)
    {
        using var server = Start(settings);
        var plan = new LoadPlan
        {
            EndPoint = new(System.Net.IPAddress.Loopback, server.Port),
            Protocol = WireProtocol.Ack,
            Connections = Connections,
            Depth = Depth,
            Name = Name(step),
            Sessions = settings.Sessions,
            PayloadBytes = settings.PayloadBytes,
            Durability = Durability.Disk,
        };
        LogGrowth.Run(server, plan, bytes, cancellation);
        var grown = server.ReadStats().LogBytes ?? 0;
        server.Kill();
        return grown;
    }

    // Times to ready in milliseconds. Each server but the last is killed, so that nothing is made ready for the next.
    private static List<double> Starts(RecoverySettings settings, int repeats, Action before, CancellationToken cancellation)
    {
        var times = new List<double>();
        for (var i = 0; i < repeats; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            before();
            if (settings.IsCold && Directory.Exists(settings.DataPath))
                ColdCaches.Drop(settings.DataPath);
            var begun = Stopwatch.GetTimestamp();
            using var server = Start(settings);
            times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            server.Kill();
        }
        return times;
    }

    // Each reads the whole log.
    private static int StartsWithoutSnapshot(RecoverySettings settings) => Math.Min(3, settings.Repeats);

    private static Spread SpreadOf(List<double> times) => Spread.Of(times.Select(time => (double?)time))!.Value;

    private static string Row(RecoveryStep step, double empty)
    {
        var killed = SpreadOf(step.KilledMilliseconds);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {step.Gigabytes:0.#} GB | {step.Sessions} | {killed.Median - empty:0} ms ({killed.Min - empty:0} to {killed.Max - empty:0}) | {SpreadOf(step.OrderlyMilliseconds).Median - empty:0} ms "
            + $"| {(step.WithoutSnapshotMilliseconds is { } without ? $"{SpreadOf(without).Median - empty:0} ms" : "-")} | {step.MemoryBytesPerSession:0.0} B |");
    }

    private static long IdleMemory(RecoverySettings settings)
    {
        using var server = Start(settings);
        return server.OwnMemoryBytes();
    }

    private static void ForgetIndex(RecoverySettings settings)
    {
        foreach (var path in Directory.GetFiles(Path.Combine(settings.DataPath, "index")))
            File.Delete(path);
    }

    private static ReturningResult Returning(RecoverySettings settings, CancellationToken cancellation)
    {
        using var server = Start(settings);
        var before = server.ReadStats();
        var (count, time) = ReturningSessions.Run(new(System.Net.IPAddress.Loopback, server.Port), Name(0), settings.Sessions, Connections, settings.Returning, cancellation);
        return new ReturningResult(count, time.TotalSeconds, (double)(server.ReadStats().CpuNanoseconds - before.CpuNanoseconds) / count);
    }

    private static ServerProcess Start(RecoverySettings settings) =>
        new(["server-wire", "--data", settings.DataPath, .. settings.ServerSettings.SelectMany(setting => new[] { "--set", setting })]);

    private static string Name(int step) => $"growth{step}";
}
