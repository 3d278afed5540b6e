using Wire.Load.Engine;

namespace Wire.Load.Servers;

/// <summary>Has a server's log grow, by publishing to it in a closed loop.</summary>
internal static class LogGrowth
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Publishes until the log is so long and each session has a message, and checks every answer.</summary>
    /// <param name="server">The server.</param>
    /// <param name="plan">What is published.</param>
    /// <param name="bytes">How long the log becomes at least.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="LoadFailureException">An answer was wrong, or none came.</exception>
    public static void Run(ServerProcess server, LoadPlan plan, long bytes, CancellationToken cancellation)
    {
        using var run = new LoadRun(plan);
        run.Open();
        run.Start();
        var each = (plan.Sessions + plan.Connections - 1) / plan.Connections;
        while (server.ReadStats().LogBytes < bytes || run.LeastCompleted < each)
            run.Wait(Look, cancellation);
        run.Finish();
    }
}
