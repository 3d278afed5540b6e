using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using NUnit.Framework;
using Wire.EndToEnd.Hosts;

namespace Wire.EndToEnd;

/// <summary>The folder of a real host under <c>wire log</c>: while it runs, after it was killed, and damaged.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class LogToolTests : EndToEndFixture
{
    private const int Ok = 0, Failure = 1, Usage = 2;

    private const int Messages = 2000;

    // One after the other, so that each is a record.
    private static readonly string Lines = string.Concat(Enumerable.Range(1, Messages).Select(i => $"line {i} of what an agent says{Environment.NewLine}"));

    [Test, CancelAfter(300_000)]
    public async Task A_folder_is_looked_into_live_killed_and_damaged()
    {
        var host = await StartHostAsync(new Dictionary<string, string>(HostSettings.Tiny) { ["Wire:Dispatch:Mode"] = "Echo" });
        await ToolAsync(Ok, Lines, ["publish", "long", "--client-id", "agent-1", "--port", $"{host.TcpPort}"]);
        await ToolAsync(Ok, "publish", "room-1", "早上好", "--client-id", "visitor-7", "--port", $"{host.TcpPort}");
        // Answered, and on stable storage: a reader has seen it.
        await ToolAsync(Ok, "tail", "room-1", "--from", "1", "--count", "2", "--port", $"{host.TcpPort}");

        await IsSoundAsync(host, isLive: true);
        var stat = await JsonAsync("log", "stat", host.DataFolder, "--json");
        // With the message by which the host notes since when there is a handler.
        Assert.That(stat.GetProperty("messages").GetInt64(), Is.EqualTo(Messages + 3));
        Assert.That(stat.GetProperty("sessions").GetInt32(), Is.EqualTo(3));
        Assert.That(stat.GetProperty("holder").GetString(), Does.StartWith($"process {host.ProcessId} "));
        Assert.That(stat.GetProperty("files").GetArrayLength(), Is.GreaterThan(4));
        Assert.That(stat.GetProperty("files").EnumerateArray().Sum(file => file.GetProperty("messages").GetInt64()), Is.EqualTo(stat.GetProperty("messages").GetInt64()));

        var dump = await ToolAsync(Ok, "log", "dump", host.DataFolder, "--session", "room-1");
        var history = await ToolAsync(Ok, "history", "room-1", "--from", "1", "--json", "--port", $"{host.TcpPort}");
        Assert.That(dump, Is.EqualTo(history), "what the log has and what readers get");
        var trace = await JsonAsync("log", "trace", host.DataFolder, "--session", "room-1", "--sequence", "1", "--json");
        Assert.That(trace.GetProperty("message").GetProperty("sender").GetString(), Is.EqualTo("visitor-7"));
        Assert.That(trace.GetProperty("durability").GetString(), Is.EqualTo("Disk"));
        Assert.That(trace.GetProperty("answer").GetProperty("inReplyTo").GetInt32(), Is.EqualTo(1));
        Assert.That(await ToolAsync(Ok, "log", "trace", host.DataFolder, "--session", "room-1", "--client", "visitor-7", "--publish-id",
            trace.GetProperty("message").GetProperty("publishId").ToString()), Does.Contain("answered "));
        await ToolAsync(Failure, "log", "trace", host.DataFolder, "--session", "room-1", "--sequence", "99");

        await host.Kill9Async(Cancelled);
        await IsSoundAsync(host, isLive: false);
        var records = await ToolAsync(Ok, "log", "dump", host.DataFolder, "--session", "room-1", "--records", "--limit", "1");
        using var record = JsonDocument.Parse(records);
        var file = Path.Combine(host.DataFolder, "segments", record.RootElement.GetProperty("file").GetString()!);
        var offset = record.RootElement.GetProperty("offset").GetInt64();
        await host.StartAsync(Cancelled);
        await ToolAsync(Ok, "publish", "room-2", "written when the rest was stable", "--port", $"{host.TcpPort}");
        host.Terminate();
        Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Zero);
        await IsSoundAsync(host, isLive: false);

        Flip(file, offset + 120);
        var damaged = await ToolAsync(Failure, "log", "verify", host.DataFolder);
        Assert.That(damaged, Does.Contain($"{file}, offset {offset}, ").And.Contain("session room-1: sequence 1 "));
        Assert.That(await ToolAsync(Failure, "log", "dump", host.DataFolder, "--session", "room-2"), Does.Contain("written when"));
        await ToolAsync(Usage, "log", "verify", host.Folder);

        // What is salvaged is served: room-1 is gone but for what followed the damage, which has no checkpoint; the others are whole.
        var before = await ToolAsync(Failure, "log", "dump", host.DataFolder, "--session", "long");
        var salvaged = Path.Combine(host.Folder, "salvaged");
        Assert.That(await ToolAsync(Failure, "log", "salvage", host.DataFolder, salvaged), Does.Contain("session   room-1: nothing kept").And.Contain("which is sound"));
        Assert.That(await ToolAsync(Ok, "log", "dump", salvaged, "--session", "long"), Is.EqualTo(before));
        Directory.Delete(host.DataFolder, recursive: true);
        Directory.Move(salvaged, host.DataFolder);
        await host.StartAsync(Cancelled);
        var port = $"{host.TcpPort}";
        Assert.That(await ToolAsync(Ok, "history", "long", "--from", "1801", "--limit", "200", "--json", "--port", port), Is.EqualTo(LastLines(before, 200)));
        using var published = JsonDocument.Parse(await ToolAsync(Ok, "publish", "long", "and on", "--json", "--port", port));
        Assert.That(published.RootElement.GetProperty("sequence").GetInt32(), Is.EqualTo(Messages + 1));
        await ToolAsync(Ok, "publish", "room-1", "anew", "--expected-head", "0", "--port", port);
        await IsSoundAsync(host, isLive: true);
    }

    private static string LastLines(string text, int count)
        => string.Concat(text.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries).TakeLast(count).Select(line => line + Environment.NewLine));

    private static void Flip(string file, long offset)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 1));
    }

    private static async Task IsSoundAsync(HostProcess host, bool isLive)
    {
        var report = await JsonAsync("log", "verify", host.DataFolder, "--json");
        Assert.That(report.GetProperty("sound").GetBoolean(), Is.True);
        Assert.That(report.GetProperty("live").GetBoolean(), Is.EqualTo(isLive));
        Assert.That(report.GetProperty("messages").GetInt64(), Is.GreaterThanOrEqualTo(Messages + 2));
    }

    private static async Task<JsonElement> JsonAsync(params string[] arguments) => JsonSerializer.Deserialize<JsonElement>(await ToolAsync(Ok, arguments));

    private static Task<string> ToolAsync(int expected, params string[] arguments) => ToolAsync(expected, "", arguments);

    private static async Task<string> ToolAsync(int expected, string input, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["exec", PathOf("Wire.Cli"), .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        var output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        Assert.That(process.ExitCode, Is.EqualTo(expected), $"{string.Join(' ', arguments)}:{Environment.NewLine}{output}{await error}");
        return output;
    }

    private static string PathOf(string key) => Path.GetFullPath(
        typeof(LogToolTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!);
}
