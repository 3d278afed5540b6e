using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Wire.Log;

namespace Wire.Load.Servers;

/// <summary>How a server of this program talks with the program that started it, on its standard streams.</summary>
/// <remarks>
/// It writes <c>ready PORT</c> once it listens. To each line <c>stats</c> it answers one line of JSON
/// (<see cref="ServerStats"/>). The same for each server, so that all are measured alike, from within.
/// </remarks>
internal static class ServerControl
{
    /// <summary>What the first line begins with.</summary>
    public const string Ready = "ready ";

    /// <summary>The one question.</summary>
    public const string Stats = "stats";

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
            Console.Out.WriteLine(line == Stats
                ? JsonSerializer.Serialize(ServerStats.OfThisProcess(log), ServerStatsJson.Default.ServerStats)
                : $"'{line}' is not a question; the one there is is '{Stats}'");
        }

        if (isAttached)
            host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
    }
}
