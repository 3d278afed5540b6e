using System.Diagnostics;
using System.Globalization;
using Wire.Load.Disk;
using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>The measurement of history: stores, asks, says.</summary>
internal static class HistoryProgram
{
    private const int Interrupted = 130;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static async Task<int> RunAsync(HistorySettings settings, TextWriter output, CancellationToken cancellation)
    {
        var machine = new MachineInfo { FileSystem = MountPoint.Describe(settings.DataPath) };
        var folder = settings.DataPath;
        var isNew = !Directory.Exists(folder);
        try
        {
            using var server = new HistoryServer(folder, settings.ServerSettings);
            server.Start();
            if (isNew)
                Store(server, settings, cancellation);

            await output.WriteLineAsync($"newest {settings.Limit} messages of {settings.Sessions} sessions at random, {settings.Connections} connections with {settings.InHand} Fetches in hand:");
            var warm = Measure(server, settings, "warm", beforeWindow: null, output, cancellation);
            var cold = settings.IsCold ? Measure(server, settings, "cold", () => Cool(server, folder), output, cancellation) : null;
            var large = new List<LargeSessionResult>();
            foreach (var messages in LargeSizes(settings))
            {
                large.Add(await LargeSession.MeasureAsync(server.EndPoint, LargeName(messages) + "-00000", cancellation));
                await output.WriteLineAsync($"{large[^1]}");
            }

            if (settings.JsonPath is not null)
                new HistoryReport(machine, settings, server.ReadStats().LogBytes ?? 0, warm, cold, large).Write(settings.JsonPath);
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
            if (isNew && !settings.Keeps && Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static void Store(HistoryServer server, HistorySettings settings, CancellationToken cancellation)
    {
        var begun = Stopwatch.GetTimestamp();
        HistoryData.Store(server.EndPoint, settings, cancellation);
        foreach (var messages in LargeSizes(settings))
            HistoryData.StoreLarge(server.EndPoint, LargeName(messages), messages, settings.PayloadBytes, cancellation);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"stored in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s, {server.ReadStats().LogBytes / 1e6:0} MB of log"));
        // What it has in memory of the writing is not what it has of sessions that come back.
        server.Stop();
        server.Start();
    }

    private static HistoryResult Measure(
        HistoryServer server, HistorySettings settings, string name, Func<string>? beforeWindow, TextWriter output, CancellationToken cancellation)
    {
        var windows = new List<HistoryWindow>();
        var all = new LatencyHistogram();
        var ways = new List<string>();
        for (var i = 1; i <= settings.Repeats; i++)
        {
            if (beforeWindow is not null)
                ways.Add(beforeWindow());
            using var run = new FetchRun(server.EndPoint, settings);
            // What is cold does not stay so.
            if (beforeWindow is null)
                run.For(settings.WarmUp, isRecording: false, cancellation);
            var (before, client, answered, begun) = (server.ReadStats(), Environment.CpuUsage.TotalTime, run.Answered, Stopwatch.GetTimestamp());
            run.For(settings.Window, isRecording: true, cancellation);
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            var count = run.Answered - answered;
            var after = server.ReadStats();
            var window = new HistoryWindow(
                count / seconds,
                (double)(after.CpuNanoseconds - before.CpuNanoseconds) / count,
                (Environment.CpuUsage.TotalTime - client).TotalNanoseconds / count,
                (double?)(after.AllocatedBytes - before.AllocatedBytes) / count,
                LatencySummary.Of(run.Latencies));
            windows.Add(window);
            all.Add(run.Latencies);
            run.Drain();
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name} {i}/{settings.Repeats}: {window.QueriesPerSecond:0} queries/s, allocated {window.AllocatedBytesPerQuery ?? 0:0} B a query"));
        }

        // The way may differ from window to window, as where another drops them meanwhile.
        var caches = ways.Count == 0 ? null : string.Join(" or ", ways.Distinct());
        var result = new HistoryResult(windows, LatencySummary.Of(all), caches);
        var rate = Spread.Of(windows.Select(w => (double?)w.QueriesPerSecond))!.Value;
        if (caches is not null)
            output.WriteLine($"caches {caches}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {rate.Median:0} queries/s (median of {settings.Repeats} windows of {settings.Window.TotalSeconds:0.#} s, {rate.Min:0} to {rate.Max:0}); "
            + $"p50 {result.Latency.P50Microseconds:0} us, p99 {result.Latency.P99Microseconds:0} us, p99.9 {result.Latency.P999Microseconds:0} us, max {result.Latency.MaxMicroseconds:0} us; "
            + $"server {Spread.Of(windows.Select(w => (double?)w.ServerNanosecondsPerQuery))!.Value.Median:0} ns, "
            + $"client {Spread.Of(windows.Select(w => (double?)w.ClientNanosecondsPerQuery))!.Value.Median:0} ns a query"));
        return result;
    }

    // Maps keep what they show in memory: the server is stopped, and finds its sessions again by the index's snapshot.
    private static string Cool(HistoryServer server, string folder)
    {
        server.Stop();
        var caches = ColdCaches.Drop(folder);
        server.Start();
        return caches;
    }

    private static int[] LargeSizes(HistorySettings settings) => settings.Large == 0 ? [] : [Math.Max(100, settings.Large / 10), settings.Large];

    private static string LargeName(int messages) => string.Create(CultureInfo.InvariantCulture, $"large-{messages}");
}
