using System.Diagnostics;

namespace Wire.Load.Processes;

/// <summary>A copy of this program as a child process that is spoken to by lines: one answer to each question.</summary>
/// <remarks>It ends at the end of its input, so that none outlives who started it. What it says on its standard error is seen.</remarks>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(15);

    private readonly Process _process;
    private readonly string _name;
    private bool _isDisposed;

    /// <summary>Starts it.</summary>
    /// <param name="name">What it is in errors: "server", "client".</param>
    /// <param name="arguments">The command with its options.</param>
    public ChildProcess(string name, params IEnumerable<string> arguments)
    {
        _name = name;
        var start = ThisProgram();
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    /// <summary>Its number.</summary>
    public int Id => _process.Id;

    /// <summary>Sends it a line.</summary>
    public void Write(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended, which who reads its answer is told.
        }
    }

    /// <summary>Reads the next line that it says.</summary>
    /// <param name="time">How long it may take; without end where it has deadlines of its own.</param>
    /// <exception cref="LoadFailureException">It said nothing, or has ended.</exception>
    public string ReadLine(TimeSpan time)
    {
        var line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(time))
            throw new LoadFailureException($"The {_name} said nothing for {time.TotalSeconds:0} s.");
        return line.Result ?? throw new LoadFailureException($"The {_name} has ended; what it said is above.");
    }

    /// <summary>Ends it at once, as kill -9 does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Stops it: the end of its input, and if that is not enough, by force. Once it is stopped, again does nothing.</summary>
    public void Dispose()
    {
        // Where no other could be started in its place, its owner still has this one.
        if (_isDisposed)
            return;
        _isDisposed = true;
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended by itself.
        }

        if (!_process.WaitForExit(StopTime))
            Kill();
        _process.Dispose();
    }

    // The program lies beside its assembly, unless it was built without one; then the runtime starts the assembly.
    private static ProcessStartInfo ThisProgram()
    {
        var assembly = typeof(ChildProcess).Assembly.Location;
        var program = Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null);
        return File.Exists(program)
            ? new ProcessStartInfo(program)
            : new ProcessStartInfo("dotnet") { ArgumentList = { assembly } };
    }
}
