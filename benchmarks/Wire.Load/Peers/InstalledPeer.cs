using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Load.Servers;

namespace Wire.Load.Peers;

/// <summary>A peer's program as a child process, with its data in a folder that is removed in the end.</summary>
internal sealed class InstalledPeer : PeerTarget
{
    private const int Attempts = 3;
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly PeerProgram _program;
    private readonly string _path;
    private readonly DirectoryInfo _folder;
    private readonly long _logLimitBytes;
    private Process? _process;
    private int _port;

    /// <summary>Starts it, empty, and returns when it answers.</summary>
    /// <param name="program">What it is.</param>
    /// <param name="path">Where the program is.</param>
    /// <param name="folder">Where its data goes: a folder that is not there yet, and will not be again.</param>
    /// <param name="logLimitBytes">The size of that at which <see cref="Renew"/> begins anew.</param>
    public InstalledPeer(PeerProgram program, string path, string folder, long logLimitBytes)
    {
        _program = program;
        _path = path;
        _folder = new DirectoryInfo(Path.GetFullPath(folder));
        _logLimitBytes = logLimitBytes;
        try
        {
            Info = new PeerInfo(program.Name, Start(), string.Join(' ', [program.File, .. program.Settings.Select(Quoted)]), program.Promise);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override PeerInfo Info { get; }

    /// <inheritdoc/>
    public override ILoadProtocol Protocol => _program;

    /// <inheritdoc/>
    public override IPEndPoint EndPoint => new(IPAddress.Loopback, _port);

    private string LogPath => Path.Combine(_folder.FullName, "messages");

    /// <inheritdoc/>
    public override ServerStats ReadStats()
    {
        if (_process!.HasExited)
            throw new LoadFailureException($"{_program.Name} has ended{LastWords()}");
        return ServerStats.Of(_process);
    }

    /// <inheritdoc/>
    public override long? ReadLogBytes() => DiskUsage.BytesUnder(_folder.FullName);

    /// <inheritdoc/>
    public override bool Renew()
    {
        if (ReadLogBytes() < _logLimitBytes)
            return false;
        Stop();
        Start();
        return true;
    }

    /// <summary>Has it forget the last window's messages, which it may hold in memory.</summary>
    public override void Prepare(TimeSpan window) => _program.Forget(EndPoint);

    /// <inheritdoc/>
    public override void Dispose() => Stop();

    // By force: what it has is deleted anyway.
    private void Stop()
    {
        if (_process is not null)
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
            _process = null;
        }

        _folder.Refresh();
        if (_folder.Exists)
            _folder.Delete(recursive: true);
    }

    private string Start()
    {
        // These programs are told their port, and another process may take a free one before they do: then they end.
        for (var attempt = 1; ; attempt++)
        {
            _folder.Create();
            _port = FreePort();
            _process = Process.Start(new ProcessStartInfo(_path, [.. _program.Settings, .. _program.Place(_port, _folder.FullName, LogPath)]))!;
            if (WaitForVersion() is { } version)
                return version;
            if (attempt == Attempts)
                throw new LoadFailureException($"{_program.Name} does not start{LastWords()}");
            Stop();
        }
    }

    private string? WaitForVersion()
    {
        var begun = Stopwatch.GetTimestamp();
        while (!_process!.HasExited && Stopwatch.GetElapsedTime(begun) < StartTime)
        {
            try
            {
                return _program.Identify(EndPoint, _folder.FullName);
            }
            catch (LoadFailureException e) when (e.InnerException is SocketException)
            {
                Thread.Sleep(Look);
            }
        }

        return null;
    }

    private string LastWords() =>
        File.Exists(LogPath) ? $"; it said: {string.Join(" | ", File.ReadLines(LogPath).TakeLast(3))}" : ".";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Quoted(string argument) => argument.Length == 0 ? "\"\"" : argument;
}
