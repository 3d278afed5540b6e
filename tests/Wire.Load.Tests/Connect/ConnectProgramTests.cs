using System.Text.Json;
using NUnit.Framework;
using Wire.Load.Connect;

namespace Wire.Load.Tests.Connect;

/// <summary>The whole measurement, small: real servers that are connected to, asked and stopped.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class ConnectProgramTests
{
    [Test]
    public void Connections_a_second_and_the_memory_of_idle_ones_are_measured_for_each_number([Values(1, 2)] int processes)
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-connect-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        var json = Path.Combine(folder, "connect.json");
        var output = new StringWriter();
        var settings = new ConnectSettings { Connections = [20, 300], Repeats = 1, Threads = 2, Processes = processes, DataPath = folder, JsonPath = json };
        Assert.That(ConnectProgram.Run(settings, output, CancellationToken.None), Is.Zero);

        Assert.That(output.ToString(), Does.Contain("20: Wire/F: ").And.Contain("300: Wire/F: ").And.Contain("300: memory of an idle connection: "));
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var results = report.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.That(results.Select(r => r.GetProperty("connections").GetInt32()), Is.EqualTo([20, 300]));
        foreach (var server in new[] { "f", "wire" })
        {
            var window = results[1].GetProperty("repeats")[0].GetProperty(server);
            Assert.That(window.GetProperty("connectionsPerSecond").GetDouble(), Is.GreaterThan(0));
            // Both keep objects, pipes and a socket for each; no memory at all would mean that nobody is there.
            Assert.That(window.GetProperty("memoryBytesPerConnection").GetDouble(), Is.GreaterThan(1_000));
        }

        Assert.That(Directory.GetDirectories(folder), Is.Empty);
        Directory.Delete(folder, recursive: true);
    }
}
