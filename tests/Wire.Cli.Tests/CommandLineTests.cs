using System.Diagnostics;

namespace Wire.Cli.Tests;

/// <summary>The tool as a process: what it prints and how it ends.</summary>
internal sealed class CommandLineTests
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "crosswoz.jsonl");

    [TestCase("--help", "replay")]
    [TestCase("replay --help", "wire replay samples/data/crosswoz.jsonl")]
    [TestCase("load --help", "Examples:")]
    [TestCase("publish --help", "Examples:")]
    [TestCase("tail --help", "Examples:")]
    [TestCase("history --help", "Examples:")]
    public async Task Help_shows_examples(string arguments, string expected)
    {
        var (exitCode, output, _) = await RunAsync(arguments);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.Contain(expected));
    }

    [TestCase("")]
    [TestCase("dance")]
    [TestCase("replay")]
    [TestCase("replay x --parallel 0")]
    [TestCase("replay x --port seven")]
    [TestCase("load --durability Paper")]
    [TestCase("history s --limit 1001")]
    public async Task Wrong_usage_ends_with_2(string arguments)
    {
        var (exitCode, _, error) = await RunAsync(arguments);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Is.Not.Empty);
    }

    [Test]
    public async Task A_file_that_is_not_there_ends_with_2()
    {
        var (exitCode, _, error) = await RunAsync("replay no-such-file.jsonl");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Does.Contain("no-such-file.jsonl"));
    }

    [Test]
    public async Task A_server_that_is_not_there_ends_with_3()
    {
        int port;
        await using (var server = new HonestServer())
            port = server.Port;
        foreach (var arguments in new[] { $"replay {Data}", "publish s x", "tail s", "history s", "load" })
        {
            var (exitCode, _, error) = await RunAsync($"{arguments} --port {port}");
            Assert.That(exitCode, Is.EqualTo(ExitCode.CannotConnect), arguments);
            Assert.That(error, Does.StartWith("wire: cannot connect to 127.0.0.1:"));
        }
    }

    [Test]
    public async Task A_replay_that_finds_all_equal_ends_with_0_and_one_that_does_not_with_1()
    {
        await using var server = new HonestServer();
        var (exitCode, output, _) = await RunAsync($"replay {Data} --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.Contain("500 dialogues, 8476 messages: all in order and equal"));

        server.History = messages => messages.SkipLast(1);
        (exitCode, output, _) = await RunAsync($"replay {Data} --port {server.Port} --json");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Failure));
        using var report = System.Text.Json.JsonDocument.Parse(output);
        Assert.That(report.RootElement.GetProperty("faultCount").GetInt32(), Is.EqualTo(500));
    }

    [Test]
    public async Task What_is_published_is_in_the_history()
    {
        await using var server = new HonestServer();
        var (exitCode, _, _) = await RunAsync($"publish room-1 早上好 --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        (exitCode, var output, _) = await RunAsync($"history room-1 --from 1 --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.Contain("早上好").And.Contain("cli-"));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string arguments)
    {
        var start = new ProcessStartInfo("dotnet", $"exec \"{Path.Combine(AppContext.BaseDirectory, "Wire.Cli.dll")}\" {arguments}")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await Task.WhenAll(output, error, process.WaitForExitAsync()).WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output, await error);
    }
}
