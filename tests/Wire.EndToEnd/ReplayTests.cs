using System.Diagnostics;
using System.Reflection;
using NUnit.Framework;
using Wire.Conformance.Runner;
using Wire.EndToEnd.Hosts;

namespace Wire.EndToEnd;

/// <summary>Five hundred real dialogues through the tool, the client and a real host.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class ReplayTests : EndToEndFixture
{
    private const string AllEqual = "500 dialogues, 8476 messages: all in order and equal";

    [Test, CancelAfter(300_000)]
    public async Task The_dialogues_come_through_a_host_in_order_and_equal_and_once_more_through_the_same_one()
    {
        var host = await StartHostAsync();
        for (var i = 0; i < 2; i++)
        {
            using var replay = Start(host);
            Assert.That(await replay.StandardOutput.ReadToEndAsync(Cancelled), Does.Contain(AllEqual));
            await replay.WaitForExitAsync(Cancelled);
            Assert.That(replay.ExitCode, Is.Zero);
        }
    }

    [Test, CancelAfter(300_000)]
    public async Task The_dialogues_come_through_kill_9_and_orderly_restarts_in_order_and_equal()
    {
        var host = await StartHostAsync(HostSettings.Tiny);

        // At this pace it takes far longer than from one line of progress to the next: there is a middle to stop in.
        using var replay = Start(host, "--pace", "100");
        var stops = 0;
        var last = "";
        while (await replay.StandardOutput.ReadLineAsync(Cancelled) is { } line)
        {
            last += line + Environment.NewLine;
            if (!line.StartsWith("spoken", StringComparison.Ordinal) || line.StartsWith("spoken 8476", StringComparison.Ordinal))
                continue;

            await host.RestartAsync(stops % 2 == 0 ? HostStop.Kill : HostStop.Terminate, Cancelled);
            stops++;
        }

        await replay.WaitForExitAsync(Cancelled);
        Assert.That(last, Does.Contain(AllEqual));
        Assert.That(replay.ExitCode, Is.Zero);
        Assert.That(stops, Is.GreaterThanOrEqualTo(2), "it was over before it was cut");
    }

    private static Process Start(HostProcess host, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        string[] all =
            ["exec", PathOf("Wire.Cli"), "replay", PathOf("Dialogues"), "--port", $"{host.TcpPort}", "--timeout", "120", .. arguments];
        foreach (var argument in all)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static string PathOf(string key) => Path.GetFullPath(
        typeof(ReplayTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!);
}
