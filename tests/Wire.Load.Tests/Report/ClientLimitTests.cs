using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Wire.Load.Report;
using Wire.Load.Report.Sections;

namespace Wire.Load.Tests.Report;

/// <summary>Where the client was what took the time, a table says so; and F's spread says how quiet the machine was.</summary>
[TestFixture]
internal sealed partial class ClientLimitTests
{
    [TestCase("publish", "MEMORY 256x64 (F, Wire, encrypted); MEMORY 64x256 (F, Wire, encrypted); DISK 256x64 (F, Wire, encrypted); ")]
    [TestCase("encryption", "256x64 (F, Wire, encrypted); 64x256 (F, Wire, encrypted). ")]
    [TestCase("payload", "payload 16 B (F, Wire, encrypted); payload 1 KiB (")]
    [TestCase("connections", "connections 1 (F, Wire, encrypted); connections 100 (")]
    [TestCase("followers", "followers 1 (F, Wire, encrypted); followers 10 (")]
    [TestCase("turns", "64x64 in the current folder (F, Wire, encrypted); 1x1 in `/data` (")]
    [TestCase("peers", "DISK, 16x64 (F, Wire, encrypted, redis-always, signalr); ")]
    [TestCase("connect", "connections (F, Wire); 10,000 connections (F, Wire). ")]
    public void A_table_names_the_servers_that_waited_for_the_client(string section, string servers)
    {
        Assert.That(Render(section, BusyClient()), Does.Contain(ClientLimit.Meaning + ": ").And.Contain(servers));
        Assert.That(Render(section, SampleResults.All()), Does.Not.Contain(ClientLimit.Meaning));
    }

    [TestCase("publish", "8.00 M/s (4.00 M/s to 12.0 M/s)")]
    [TestCase("sessions", "8.00 M/s (4.00 M/s to 12.0 M/s)")]
    [TestCase("peers", "8.00 M/s (4.00 M/s to 12.0 M/s); **0.75**")]
    [TestCase("connect", "40.0 k/s (40.0 k/s to 40.0 k/s)")]
    public void F_has_its_lowest_and_highest(string section, string spread) => Assert.That(Render(section, SampleResults.All()), Does.Contain(spread));

    [Test]
    public void Connections_show_what_they_cost_the_client() =>
        Assert.That(Render("connect", SampleResults.All()), Does.Contain("client CPU, F | Wire |").And.Contain("| 20 us | 20 us | 10 us | 10 us |"));

    private static string Render(string section, ResultFolder results) => SectionCatalog.All.Single(one => one.Name == section).Render(results);

    // The made-up results, with a client that takes more than the servers.
    private static ResultFolder BusyClient() => new(ReportCatalog.All.Select(measurement => SampleResults.File(measurement.Name)).Select(
        file => file with { Runs = [.. file.Runs.Select(run => run with { Report = JsonSerializer.Deserialize<JsonElement>(Client().Replace(run.Report.GetRawText(), "${1}50")) })] }));

    [GeneratedRegex("(\"client(?:Cores|MicrosecondsPerConnection)\": *)[0-9.]+")]
    private static partial Regex Client();
}
