using System.Text.Json;
using Wire.Load.Processes;

namespace Wire.Load.Servers;

/// <summary>A server of this program as a child process, see <see cref="ServerControl"/>.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _process;

    /// <summary>Starts it, and returns when it listens.</summary>
    /// <param name="arguments">The command with its options.</param>
    public ServerProcess(params IEnumerable<string> arguments)
    {
        _process = new ChildProcess("server", [.. arguments, "--attached"]);
        try
        {
            var line = _process.ReadLine(StartTime);
            if (!line.StartsWith(ServerControl.Ready, StringComparison.Ordinal))
                throw new LoadFailureException($"The server said '{line}' instead of that it is ready.");
            Port = int.Parse(line.AsSpan(ServerControl.Ready.Length), provider: null);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Asks it what it has used.</summary>
    public ServerStats ReadStats() => Ask(ServerControl.Stats);

    /// <summary>Has it collect its garbage, and asks it then.</summary>
    public ServerStats Collect() => Ask(ServerControl.Collect);

    /// <summary>Resident memory that is the process's own, in bytes: without the files that it has mapped, where the system tells.</summary>
    public long OwnMemoryBytes()
    {
        const string Own = "RssAnon:";
        var line = OperatingSystem.IsLinux()
            ? File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(line => line.StartsWith(Own, StringComparison.Ordinal))
            : null;
        return line is null ? ReadStats().WorkingSetBytes : 1024 * long.Parse(line.AsSpan(Own.Length).TrimEnd("kB "), provider: null);
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Stops it.</summary>
    public void Dispose() => _process.Dispose();

    private ServerStats Ask(string question)
    {
        _process.Write(question);
        return JsonSerializer.Deserialize(_process.ReadLine(AnswerTime), ServerStatsJson.Default.ServerStats)!;
    }
}
