using System.Net;
using Wire.Load.Servers;

namespace Wire.Load.History;

/// <summary>Wire as a child process over a data folder that outlives it.</summary>
internal sealed class HistoryServer(string folder, IReadOnlyList<string> settings) : IDisposable
{
    private ServerProcess? _process;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Loopback, _process!.Port);

    /// <summary>What its process has used so far.</summary>
    public ServerStats ReadStats() => _process!.ReadStats();

    /// <summary>Starts it, if it does not run.</summary>
    public void Start()
    {
        var arguments = new List<string> { "server-wire", "--data", folder };
        foreach (var setting in settings)
            arguments.AddRange(["--set", setting]);
        _process ??= new ServerProcess(arguments);
    }

    /// <summary>Stops it in good order.</summary>
    public void Stop()
    {
        _process?.Dispose();
        _process = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Stop();
}
