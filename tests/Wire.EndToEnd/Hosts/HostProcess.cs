using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;
using Wire.Conformance.Peers;
using Wire.Conformance.Runner;

namespace Wire.EndToEnd.Hosts;

/// <summary>
/// The sample host as a process of its own: on ports and a folder that it keeps over restarts, stopped by signals, its
/// output kept. One test thread drives it; <see cref="Ready"/> and <see cref="ConnectAsync"/> may be used by any.
/// </summary>
internal sealed class HostProcess : ITranscriptHost, IAsyncDisposable
{
    /// <summary>How long a host may take for anything: generous, because test machines are busy.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly string _assemblyPath;
    private TaskCompletionSource _ready = NewReady();
    private Process? _process;
    private TaskCompletionSource _spoke = NewReady();

    internal HostProcess(IReadOnlyDictionary<string, string>? settings = null, string? folder = null, string? assemblyPath = null)
    {
        _settings = settings ?? HostSettings.None;
        _assemblyPath = assemblyPath ?? AssemblyPath;
        Folder = folder ?? Path.Combine(Path.GetTempPath(), "wire-end-to-end", Guid.NewGuid().ToString("N"));
        DataFolder = Path.Combine(Folder, "data");
        Directory.CreateDirectory(Folder);
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
    }

    /// <summary>The assembly that is started; the build of this project builds it.</summary>
    internal static string AssemblyPath { get; } = BuiltAssembly("Wire.SampleHost");

    /// <summary>The sample whose handler streams its replies.</summary>
    internal static string StreamingSamplePath { get; } = BuiltAssembly("Wire.StreamingSample");

    /// <summary>The folder of this host's own, gone when the host is disposed of after a test that passed.</summary>
    internal string Folder { get; }

    /// <summary>The log's folder.</summary>
    internal string DataFolder { get; }

    internal int TcpPort { get; } = FreePort.Take();

    internal int HttpPort { get; } = FreePort.Take();

    internal int ProcessId => _process!.Id;

    internal HostLog Log { get; } = new();

    internal bool KeepFolder { get; set; }

    /// <summary>A command, with its arguments, that runs the host in the place of its own process.</summary>
    internal IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>Completes when the host that is being started is ready; a new task from each stop on.</summary>
    internal Task Ready => Volatile.Read(ref _ready).Task;

    /// <summary>Completes when the process has written its first line, or has ended.</summary>
    internal Task Spoke => _spoke.Task;

    public bool CanRestart => true;

    /// <summary>Starts the process and waits until its health says that it is ready.</summary>
    internal async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Spawn();
        var started = Stopwatch.StartNew();
        var health = new Uri($"http://127.0.0.1:{HttpPort}/health/ready");
        while (true)
        {
            if (_process!.HasExited)
            {
                await _process.WaitForExitAsync(cancellationToken);
                throw new InvalidOperationException($"The host ended with {_process.ExitCode}:{Environment.NewLine}{Log}");
            }

            if (started.Elapsed > Deadline)
            {
                throw new TimeoutException($"The host was not ready within {Deadline}:{Environment.NewLine}{Log}");
            }

            if (await IsReadyAsync(health, cancellationToken))
            {
                Volatile.Read(ref _ready).TrySetResult();
                return;
            }

            await Task.Delay(25, cancellationToken);
        }
    }

    private static string BuiltAssembly(string name) => Path.GetFullPath(
        typeof(HostProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == name).Value!);

    /// <summary>Starts the process, and waits for nothing.</summary>
    internal void Spawn()
    {
        var dotnet = Environment.ProcessPath is { } path && path.EndsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet";
        string[] command = [.. Launcher, dotnet, _assemblyPath];
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(Inherited).ToList())
        {
            start.Environment.Remove(name);
        }

        Set(start, "Wire:Tcp:Port", $"{TcpPort}");
        Set(start, "Wire:Http:Port", $"{HttpPort}");
        Set(start, "Wire:Storage:Path", DataFolder);
        foreach (var (key, value) in _settings)
        {
            Set(start, key, value);
        }

        _spoke = NewReady();
        var spoke = _spoke;
        _process?.Dispose();
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Heard(line.Data, spoke);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data, spoke);
        _process.Exited += (_, _) => spoke.TrySetResult();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Log.Add($"-- process {_process.Id} started");
    }

    /// <summary>Ends the process as kill -9 does, and waits until it is gone.</summary>
    internal async Task Kill9Async(CancellationToken cancellationToken = default)
    {
        NotReady();
        _process!.Kill();
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Deadline, cancellationToken);
        Log.Add($"-- process {_process.Id} killed");
    }

    /// <summary>Sends SIGTERM and returns at once.</summary>
    internal void Terminate()
    {
        NotReady();
        if (Signal(_process!.Id, SigTerm) != 0)
        {
            throw new InvalidOperationException($"SIGTERM could not be sent: error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Waits for the process to end by itself; its exit code.</summary>
    internal async Task<int> WaitExitAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        await _process!.WaitForExitAsync(cancellationToken).WaitAsync(deadline, cancellationToken);
        Log.Add($"-- process {_process.Id} ended with {_process.ExitCode}");
        return _process.ExitCode;
    }

    /// <summary>Memory that the process has, in bytes.</summary>
    internal long ResidentBytes()
    {
        _process!.Refresh();
        return _process.WorkingSet64;
    }

    public ValueTask<PeerTransport> ConnectAsync(CancellationToken cancellationToken) =>
        TcpPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, TcpPort), cancellationToken);

    public async ValueTask RestartAsync(HostStop stop, CancellationToken cancellationToken)
    {
        if (stop == HostStop.Kill)
        {
            await Kill9Async(cancellationToken);
        }
        else
        {
            Terminate();
            var code = await WaitExitAsync(Deadline, cancellationToken);
            if (code != 0)
            {
                throw new InvalidOperationException($"The host ended with {code} after SIGTERM:{Environment.NewLine}{Log}");
            }
        }

        await StartAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (_process is { HasExited: false })
        {
            await Kill9Async();
        }

        _process?.Dispose();
        if (!KeepFolder && Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private const int SigTerm = 15;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int process, int signal);

    private static TaskCompletionSource NewReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static bool Inherited(string name) =>
        name.StartsWith("Wire__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Logging__", StringComparison.OrdinalIgnoreCase);

    private static void Set(ProcessStartInfo start, string key, string value) =>
        start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;

    private static async Task<bool> IsReadyAsync(Uri health, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(health, cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception notYet) when (notYet is HttpRequestException
            || (notYet is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    // One that nobody has been woken by yet is kept: those who wait for it wait on.
    private void NotReady()
    {
        if (_ready.Task.IsCompleted)
        {
            Volatile.Write(ref _ready, NewReady());
        }
    }

    private void Heard(string? line, TaskCompletionSource spoke)
    {
        Log.Add(line);
        spoke.TrySetResult();
    }

    private void KillAtExit(object? sender, EventArgs e)
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
        }
    }
}
