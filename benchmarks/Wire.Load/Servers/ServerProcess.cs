using System.Diagnostics;
using System.Text.Json;

namespace Wire.Load.Servers;

/// <summary>A server of this program as a child process, see <see cref="ServerControl"/>.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(15);

    private readonly Process _process;

    /// <summary>Starts it, and returns when it listens.</summary>
    /// <param name="arguments">The command with its options.</param>
    public ServerProcess(params IEnumerable<string> arguments)
    {
        var start = ThisProgram();
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.ArgumentList.Add("--attached");
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
        try
        {
            var line = ReadLine(StartTime);
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
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Stops it: the end of its input, and if that is not enough, by force.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended by itself.
        }

        if (!_process.WaitForExit(StopTime))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private ServerStats Ask(string question)
    {
        _process.StandardInput.WriteLine(question);
        _process.StandardInput.Flush();
        return JsonSerializer.Deserialize(ReadLine(AnswerTime), ServerStatsJson.Default.ServerStats)!;
    }

    private string ReadLine(TimeSpan time)
    {
        var line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(time))
            throw new LoadFailureException($"The server said nothing for {time.TotalSeconds:0} s.");
        return line.Result ?? throw new LoadFailureException("The server has ended; what it said is above.");
    }

    // The program lies beside its assembly, unless it was built without one; then the runtime starts the assembly.
    private static ProcessStartInfo ThisProgram()
    {
        var assembly = typeof(ServerProcess).Assembly.Location;
        var program = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(program)
            ? new ProcessStartInfo(program)
            : new ProcessStartInfo("dotnet") { ArgumentList = { assembly } };
    }
}
