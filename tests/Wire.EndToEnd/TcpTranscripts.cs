using NUnit.Framework;
using NUnit.Framework.Interfaces;
using Wire.Conformance;
using Wire.Conformance.Runner;
using Wire.EndToEnd.Hosts;

namespace Wire.EndToEnd;

/// <summary>Every transcript over raw TCP against the real host: one process for each set of settings.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class TcpTranscripts : TranscriptFixture
{
    private readonly Dictionary<string, HostProcess> _hosts = [];
    private HostProcess? _used;

    protected override async ValueTask<ITranscriptHost?> HostAsync(IReadOnlyDictionary<string, string> settings)
    {
        var key = string.Join(';', settings.Order());
        if (!_hosts.TryGetValue(key, out var host))
        {
            host = new HostProcess(settings);
            _hosts.Add(key, host);
            await host.StartAsync();
        }

        _used = host;
        return host;
    }

    [TearDown]
    public async Task ShowHostOnFailure()
    {
        if (_used is not null && TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            _used.KeepFolder = true;
            await TestContext.Out.WriteLineAsync("The host has written:");
            await TestContext.Out.WriteLineAsync(_used.Log.ToString());
        }
    }

    [OneTimeTearDown]
    public async Task StopHosts()
    {
        foreach (var host in _hosts.Values)
        {
            await host.DisposeAsync();
        }
    }
}
