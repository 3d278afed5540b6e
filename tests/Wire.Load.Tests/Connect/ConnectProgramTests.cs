using System.Text.Json;
using NUnit.Framework;
using Wire.Load.Connect;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Connect;

/// <summary>The whole measurement, small: real servers that are connected to, asked and stopped.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class ConnectProgramTests
{
    [Test]
    public void What_the_process_takes_once_is_not_in_the_memory_of_each_connection_more()
    {
        ConnectResult[] results = [Result(4_000, 7_500), Result(1_000, 9_000, 8_000), Result(10_000, 7_200, 7_100)];
        var report = new ConnectReport(new MachineInfo(), new ConnectSettings(), results);
        // 2 MB, or 1 MB, and 7,000 bytes for each.
        Assert.That(report.MemoryOfWireForEachMore, Is.EqualTo(new Spread(7_000, 7_000, 7_000)));
        Assert.That(report.MemoryOfFForEachMore, Is.Null, "F was left out");
        Assert.That((report with { Results = [results[0]] }).MemoryOfWireForEachMore, Is.Null, "one number says nothing of it");

        static ConnectResult Result(int connections, params double[] memory) => new(connections, [.. memory.Select(bytes => new ConnectRepeat(null, Window(bytes)))]);

        static ConnectWindow Window(double memory) => new()
        {
            Server = "Wire",
            Seconds = 1,
            ConnectionsPerSecond = 1,
            ServerMicrosecondsPerConnection = 1,
            ClientMicrosecondsPerConnection = 1,
            AllocatedBytesPerConnection = 1,
            MemoryBytesPerConnection = memory,
            HeapBytesPerConnection = 1,
        };
    }

    [Test]
    public void Connections_a_second_and_the_memory_of_idle_ones_are_measured_for_each_number([Values(1, 2)] int processes, CancellationToken cancellation)
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-connect-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        var json = Path.Combine(folder, "connect.json");
        var output = new StringWriter();
        var settings = new ConnectSettings { Connections = [20, 2000], Repeats = 1, Threads = 2, Processes = processes, DataPath = folder, JsonPath = json };
        Assert.That(ConnectProgram.Run(settings, output, cancellation), Is.Zero);

        Assert.That(output.ToString(), Does.Contain("20: Wire/F: ").And.Contain("2000: Wire/F: ").And.Contain("20 to 2000: memory of each more: "));
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var results = report.RootElement.GetProperty("results").EnumerateArray().ToList();
        Assert.That(results.Select(r => r.GetProperty("connections").GetInt32()), Is.EqualTo([20, 2000]));
        foreach (var server in new[] { "f", "wire" })
        {
            var window = results[1].GetProperty("repeats")[0].GetProperty(server);
            Assert.That(window.GetProperty("connectionsPerSecond").GetDouble(), Is.GreaterThan(0));
            // Both keep objects, pipes and a socket for each, in managed memory, of which the process takes little once. That all are
            // there to the end the run sees itself: a server that closes one ends it.
            Assert.That(window.GetProperty("heapBytesPerConnection").GetDouble(), Is.GreaterThan(1_000));
        }

        Assert.That(report.RootElement.GetProperty("memoryOfWireForEachMore").GetProperty("median").ValueKind, Is.EqualTo(JsonValueKind.Number));

        Assert.That(Directory.GetDirectories(folder), Is.Empty);
        Directory.Delete(folder, recursive: true);
    }
}
