using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Wire.EndToEnd.Hosts;

namespace Wire.EndToEnd;

/// <summary>Starts hosts for a test and stops them after it; where the test failed, their output is shown.</summary>
public abstract class EndToEndFixture
{
    private readonly List<HostProcess> _hosts = [];

    private protected static CancellationToken Cancelled => TestContext.CurrentContext.CancellationToken;

    [TearDown]
    public async Task StopHosts()
    {
        foreach (var host in _hosts)
        {
            await StopAsync(host);
        }

        _hosts.Clear();
    }

    private protected static async Task StopAsync(HostProcess host)
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            host.KeepFolder = true;
            await TestContext.Out.WriteLineAsync($"The host on port {host.TcpPort}, folder {host.Folder}, has written:");
            await TestContext.Out.WriteLineAsync(host.Log.ToString());
        }

        await host.DisposeAsync();
    }

    /// <summary>A host that is not started yet.</summary>
    private protected HostProcess NewHost(IReadOnlyDictionary<string, string>? settings = null, string? folder = null, string? assemblyPath = null,
        IReadOnlyList<string>? launcher = null)
    {
        var host = new HostProcess(settings, folder, assemblyPath) { Launcher = launcher ?? [] };
        _hosts.Add(host);
        return host;
    }

    /// <summary>A host that is ready.</summary>
    private protected async Task<HostProcess> StartHostAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var host = NewHost(settings);
        await host.StartAsync(Cancelled);
        return host;
    }
}
