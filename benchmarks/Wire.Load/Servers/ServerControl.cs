using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wire.Log;

namespace Wire.Load.Servers;

/// <summary>How a server of this program talks with the program that started it, on its standard streams.</summary>
/// <remarks>
/// It writes <c>ready PORT</c> once it listens. To each line <c>stats</c> it answers one line of JSON
/// (<see cref="ServerStats"/>), to <c>collect</c> the same after it has collected its garbage. The same for each server, so that all are measured alike, from within.
/// </remarks>
internal static class ServerControl
{
    /// <summary>What the first line begins with.</summary>
    public const string Ready = "ready ";

    /// <summary>The question what it has used.</summary>
    public const string Stats = "stats";

    /// <summary>The same, after its garbage was collected and the memory given back.</summary>
    public const string Collect = "collect";

    /// <summary>Answers until the server is stopped.</summary>
    /// <param name="host">The server, started.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="isAttached">Whether the end of the input stops it: so no server outlives who started it.</param>
    public static async Task RunAsync(IHost host, int port, bool isAttached)
    {
        // A thread of its own, so that an answer does not wait behind the load in the thread pool.
        var questions = new Thread(() => Answer(host, port, isAttached)) { IsBackground = true, Name = "control" };
        questions.Start();
        await host.WaitForShutdownAsync();
    }

    private static void Answer(IHost host, int port, bool isAttached)
    {
        var log = host.Services.GetService<IMessageLog>();
        Console.Out.WriteLine($"{Ready}{port}");
        while (Console.In.ReadLine() is { } line)
        {
            if (line == Collect)
            {
                // Twice: what finalizers let go of is collected too.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            Console.Out.WriteLine(line is Stats or Collect
                ? JsonSerializer.Serialize(ServerStats.OfThisProcess(log), ServerStatsJson.Default.ServerStats)
                : $"'{line}' is not a question; there are '{Stats}' and '{Collect}'");
        }

        if (isAttached)
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
    }
}
