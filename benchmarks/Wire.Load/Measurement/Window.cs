using Wire.Load.Engine;
using Wire.Load.Processes;
using Wire.Load.Servers;

namespace Wire.Load.Measurement;

/// <summary>Measures one server once: connect, warm up, measure, drain, check.</summary>
/// <remarks>
/// Each window has its own connections and its own, new sessions, so windows do not depend on what was before, and each
/// ends with the check that every publish was answered exactly once.
/// </remarks>
internal static class Window
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Does it.</summary>
    /// <param name="server">The server.</param>
    /// <param name="plan">The load.</param>
    /// <param name="clients">Where it comes from.</param>
    /// <param name="warmUp">How long the load runs before.</param>
    /// <param name="window">How long is measured.</param>
    /// <param name="cancellation">Ends the window early.</param>
    public static WindowResult Measure(
        ServerTarget server, LoadPlan plan, LoadClients clients, TimeSpan warmUp, TimeSpan window, CancellationToken cancellation)
    {
        // What the last window left behind is collected on its own time.
        GC.Collect();
        var logBefore = server.ReadLogBytes();
        var statsBefore = server.ReadStats();

        using var run = clients.Begin(plan);
        run.Open();
        run.Start();
        run.Wait(warmUp, cancellation);
        // What is measured is publishing to sessions that are there, not making them: each has had its first message.
        while (run.Read().LeastCompleted < plan.SessionsOf(0).Count)
            run.Wait(Look, cancellation);

        // To be read from, a server stops all its threads for a moment: what was under way then has no part in the latencies.
        var begin = Sample.Take(server, run);
        var settling = Look < window / 10 ? Look : window / 10;
        run.Wait(settling, cancellation);
        run.IsRecording = true;
        run.Wait(window - settling, cancellation);
        run.IsRecording = false;
        var end = Sample.Take(server, run);
        var latencies = run.Finish();

        var statsAfter = server.ReadStats();
        var logAfter = server.ReadLogBytes();
        var seconds = (end.Counters.Nanoseconds - begin.Counters.Nanoseconds) / 1e9;
        var messages = end.Counters.Completed - begin.Counters.Completed;
        var reads = end.Counters.Reads - begin.Counters.Reads;
        if (messages == 0)
            throw new LoadFailureException("Nothing was answered in the window; make it longer.");

        var clientNanoseconds = (double)(end.Counters.CpuNanoseconds - begin.Counters.CpuNanoseconds);
        var serverNanoseconds = end.Server?.CpuNanoseconds - begin.Server?.CpuNanoseconds;
        return new WindowResult
        {
            Server = server.Name,
            Messages = messages,
            Seconds = seconds,
            MessagesPerSecond = messages / seconds,
            MessagesPerRead = (double)messages / reads,
            Latency = LatencySummary.Of(latencies),
            Latencies = latencies,
            ClientNanosecondsPerMessage = clientNanoseconds / messages,
            ClientCores = clientNanoseconds / 1e9 / seconds,
            ServerNanosecondsPerMessage = (double?)serverNanoseconds / messages,
            ServerCores = serverNanoseconds / 1e9 / seconds,
            AllocatedBytesPerMessage = (double?)(end.Server?.AllocatedBytes - begin.Server?.AllocatedBytes) / messages,
            WholeRunAllocatedBytesPerMessage =
                (double?)(statsAfter?.AllocatedBytes - statsBefore?.AllocatedBytes) / run.SentCount,
            LogBytesPerMessage = (double?)(logAfter - logBefore) / run.SentCount,
            LogBytesBefore = begin.Server?.LogBytes ?? logBefore,
            ServerMemoryBytes = end.Server?.WorkingSetBytes,
        };
    }

    // In one order at both ends, so that the time between the readings cancels out.
    private readonly record struct Sample(ServerStats? Server, LoadCounters Counters)
    {
        public static Sample Take(ServerTarget server, ILoadRun run) => new(server.ReadStats(), run.Read());
    }
}
