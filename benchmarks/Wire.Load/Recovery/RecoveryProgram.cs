using System.Diagnostics;
using System.Globalization;
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

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static async Task<int> RunAsync(RecoverySettings settings, TextWriter output, CancellationToken cancellation)
    {
        if (Directory.Exists(settings.DataPath))
        {
            await Console.Error.WriteLineAsync($"{settings.DataPath} exists; name a folder that does not.");
            return 1;
        }
        try
        {
            var empty = Starts(settings, settings.Repeats, () => { }, cancellation);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"start to ready, process included, of an empty log: {empty.Median:0} ms ({empty.Min:0} to {empty.Max:0}); medians of {settings.Repeats}, caches {(settings.IsCold ? "dropped" : "warm")}"));
            await output.WriteLineAsync("| log | sessions | after kill -9, beyond empty | after an orderly stop | without a snapshot | memory of an idle server a session |");
            await output.WriteLineAsync("| --- | --- | --- | --- | --- | --- |");
            var step = 0;
            var idle = IdleMemory(settings);
            foreach (var size in settings.Sizes)
            {
                Grow(settings, step++, (long)(size * 1e9), cancellation);
                var killed = Starts(settings, settings.Repeats, () => { }, cancellation);
                var memory = IdleMemory(settings); // which ends in good order
                var orderly = Starts(settings, settings.Repeats, () => { }, cancellation);
                var without = settings.WithoutSnapshot ? Starts(settings, Math.Min(3, settings.Repeats), () => ForgetIndex(settings), cancellation) : (Spread?)null;
                var sessions = (long)step * settings.Sessions;
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"| {size:0.#} GB | {sessions} | {killed.Median - empty.Median:0} ms ({killed.Min - empty.Median:0} to {killed.Max - empty.Median:0}) | {orderly.Median - empty.Median:0} ms "
                    + $"| {(without is { } w ? $"{w.Median - empty.Median:0} ms" : "-")} | {(double)(memory - idle) / sessions:0.0} B |"));
            }
            if (settings.Returning > 0)
                await output.WriteLineAsync(Returning(settings, cancellation));
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
    private static void Grow(RecoverySettings settings, int step, long bytes, CancellationToken cancellation)
    {
        using var server = Start(settings);
        using var run = new LoadRun(new LoadPlan
        {
            EndPoint = new(System.Net.IPAddress.Loopback, server.Port),
            Protocol = WireProtocol.Ack,
            Connections = Connections,
            Depth = Depth,
            Name = Name(step),
            Sessions = settings.Sessions,
            PayloadBytes = settings.PayloadBytes,
            Durability = Durability.Disk,
        });
        run.Open();
        run.Start();
        var each = (settings.Sessions + Connections - 1) / Connections;
        while (server.ReadStats().LogBytes < bytes || run.LeastCompleted < each)
            run.Wait(Look, cancellation);
        run.Finish();
        server.Kill();
    }

    // Times to ready in milliseconds. Each server but the last is killed, so that nothing is made ready for the next.
    private static Spread Starts(RecoverySettings settings, int repeats, Action before, CancellationToken cancellation)
    {
        var times = new List<double?>();
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
        return Spread.Of(times)!.Value;
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

    private static string Returning(RecoverySettings settings, CancellationToken cancellation)
    {
        using var server = Start(settings);
        var before = server.ReadStats();
        var (count, time) = ReturningSessions.Run(new(System.Net.IPAddress.Loopback, server.Port), Name(0), settings.Sessions, Connections, settings.Returning, cancellation);
        var cpu = (double)(server.ReadStats().CpuNanoseconds - before.CpuNanoseconds) / count;
        return string.Create(CultureInfo.InvariantCulture,
            $"{count} sessions that were not in memory came back with a publish that was stored before: all were told that it is a duplicate; {count / time.TotalSeconds:0} a second, {cpu / 1e3:0.0} us of server CPU each");
    }

    private static ServerProcess Start(RecoverySettings settings) =>
        new(["server-wire", "--data", settings.DataPath, .. settings.ServerSettings.SelectMany(setting => new[] { "--set", setting })]);

    private static string Name(int step) => $"growth{step}";
}
