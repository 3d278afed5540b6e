using System.Text.Json;

namespace Wire.Host.Tests.Architecture;

public sealed class SampleHostTests
{
    // The web SDK would turn the server's one on, which costs memory and gains nothing where nothing is allocated a message.
    [Test]
    public void It_runs_on_the_concurrent_workstation_collector()
    {
        using var config = JsonDocument.Parse(File.ReadAllText(RepositoryFiles.Of("SampleHost", "Wire.SampleHost.runtimeconfig.json")));
        var properties = config.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties");
        Assert.That(properties.GetProperty("System.GC.Server").GetBoolean(), Is.False);
        Assert.That(properties.GetProperty("System.GC.Concurrent").GetBoolean(), Is.True);
        Assert.That(properties.GetProperty("System.Runtime.TieredPGO").GetBoolean(), Is.True);
    }
}
