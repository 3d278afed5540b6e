using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Wire.Host;
using Wire.Host.Hosting;
using Wire.Log;

namespace Wire.Load.Servers;

/// <summary>Wire in a process, as an application hosts it, with its defaults.</summary>
internal static class WireServerProgram
{
    /// <summary>Runs until stopped.</summary>
    /// <param name="port">Where it listens on 127.0.0.1; 0 chooses one.</param>
    /// <param name="dataPath">The log's folder.</param>
    /// <param name="inMemoryBytes">The size of a log in memory instead; 0: on disk.</param>
    /// <param name="settings">Further settings, each <c>key=value</c>.</param>
    /// <param name="isAttached">Whether the end of the standard input stops it.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        int port,
        string dataPath,
        long inMemoryBytes,
        IEnumerable<string> settings,
        bool isAttached,
        CancellationToken cancellation)
    {
        try
        {
            await using var app = Build(port, dataPath, inMemoryBytes, settings);
            await app.StartAsync(cancellation);
            await ServerControl.RunAsync(app, ListeningOf(app).Port, isAttached);
            return Environment.ExitCode;
        }
        catch (OptionsValidationException e)
        {
            throw new LoadFailureException($"Wire cannot start with these settings: {string.Join("; ", e.Failures)}", e);
        }
        catch (LogException e)
        {
            throw new LoadFailureException($"Wire cannot start: {e.Message}", e);
        }
    }

    /// <summary>Makes the server; it is not started.</summary>
    internal static WebApplication Build(int port, string dataPath, long inMemoryBytes, IEnumerable<string> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(
        [
            new("Wire:Tcp:Port", port.ToString(provider: null)),
            new("Wire:Http:Port", "0"),
            new("Wire:Storage:Path", dataPath),
            .. settings.Select(ParseSetting),
        ]);

        // The standard output is for the answers of ServerControl.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        var wire = builder.Services.AddWire().AddListeners();
        if (inMemoryBytes > 0)
            wire.UseInMemoryLog(inMemoryBytes);
        return builder.Build();
    }

    /// <summary>Where a server that was started listens.</summary>
    internal static IPEndPoint ListeningOf(WebApplication app) => app.Services.GetRequiredService<WireListeners>().TcpEndPoint!;

    /// <summary>Whether a text is <c>key=value</c>.</summary>
    public static bool IsSetting(string text) => text.IndexOf('=', StringComparison.Ordinal) > 0;

    private static KeyValuePair<string, string?> ParseSetting(string setting)
    {
        var at = setting.IndexOf('=', StringComparison.Ordinal);
        return new KeyValuePair<string, string?>(setting[..at], setting[(at + 1)..]);
    }
}
