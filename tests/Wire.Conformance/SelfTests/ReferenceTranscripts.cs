using NUnit.Framework;
using Wire.Conformance.Runner;

namespace Wire.Conformance.SelfTests;

/// <summary>Every transcript can be followed: the smallest host that knows the protocol does.</summary>
[TestFixture]
public sealed class ReferenceTranscripts : TranscriptFixture
{
    private ReferenceHost _host = null!;
    private ReferenceHost _impatient = null!;
    private ReferenceHost _echo = null!;

    [OneTimeSetUp]
    public void StartHosts()
    {
        _host = new ReferenceHost();
        _impatient = new ReferenceHost { PingInterval = TimeSpan.FromSeconds(1) };
        _echo = new ReferenceHost { Echoes = true };
    }

    [OneTimeTearDown]
    public async Task StopHosts()
    {
        await _host.DisposeAsync();
        await _impatient.DisposeAsync();
        await _echo.DisposeAsync();
    }

    protected override ValueTask<ITranscriptHost?> HostAsync(IReadOnlyDictionary<string, string> settings) =>
        ValueTask.FromResult<ITranscriptHost?>(settings.Count == 0 ? _host : settings.ContainsKey("Wire:Dispatch:Mode") ? _echo : _impatient);
}
