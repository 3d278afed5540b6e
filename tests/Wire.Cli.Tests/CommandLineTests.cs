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
    [TestCase("completion --help", "Examples:")]
    [TestCase("log --help", "Examples:")]
    [TestCase("log verify --help", "Exit codes: 0 sound, 1 damaged, 2 cannot be read")]
    public async Task Help_shows_examples(string arguments, string expected)
    {
        var (exitCode, output, _) = await Tool.RunAsync(arguments);
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
    [TestCase("tail s --count 0")]
    [TestCase("completion fish")]
    [TestCase("log")]
    [TestCase("log verify")]
    [TestCase("log verify /no/such/folder")]
    [TestCase("log stat .")]
    [TestCase("log dump . --limit 0")]
    [TestCase("log dump . --from yesterday")]
    [TestCase("log salvage .")]
    [TestCase("log salvage . .")]
    [TestCase("log trace . --session s")]
    [TestCase("log trace . --sequence 1")]
    [TestCase("log trace . --session s --sequence 1 --id 2")]
    [TestCase("log trace . --session s --client c")]
    public async Task Wrong_usage_ends_with_2(string arguments)
    {
        var (exitCode, _, error) = await Tool.RunAsync(arguments);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(error, Is.Not.Empty);
    }

    [Test]
    public async Task A_file_that_is_not_there_ends_with_2()
    {
        var (exitCode, _, error) = await Tool.RunAsync("replay no-such-file.jsonl");
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
            var (exitCode, _, error) = await Tool.RunAsync($"{arguments} --port {port}");
            Assert.That(exitCode, Is.EqualTo(ExitCode.CannotConnect), arguments);
            Assert.That(error, Does.StartWith("wire: cannot connect to 127.0.0.1:"));
        }
    }

    [Test]
    public async Task A_replay_that_finds_all_equal_ends_with_0_and_one_that_does_not_with_1()
    {
        await using var server = new HonestServer();
        var (exitCode, output, _) = await Tool.RunAsync($"replay {Data} --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.Contain("500 dialogues, 8476 messages: all in order and equal"));

        server.History = messages => messages.SkipLast(1);
        (exitCode, output, _) = await Tool.RunAsync($"replay {Data} --port {server.Port} --json");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Failure));
        using var report = System.Text.Json.JsonDocument.Parse(output);
        Assert.That(report.RootElement.GetProperty("faultCount").GetInt32(), Is.EqualTo(500));
    }

    [Test]
    public async Task What_is_published_is_in_the_history()
    {
        await using var server = new HonestServer();
        var (exitCode, _, _) = await Tool.RunAsync($"publish room-1 早上好 --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        (exitCode, var output, _) = await Tool.RunAsync($"history room-1 --from 1 --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok));
        Assert.That(output, Does.Contain("早上好").And.Contain("cli-"));
    }

    [Test]
    public async Task A_text_that_begins_with_an_at_sign_is_a_text()
    {
        await using var server = new HonestServer();
        var (exitCode, _, error) = await Tool.RunAsync($"publish room-1 @alice --port {server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        var (_, output, _) = await Tool.RunAsync($"history room-1 --port {server.Port}");
        Assert.That(output, Does.Contain("@alice"));
    }

    [TestCase("tail room-1 --from 1", "INT", ExitCode.Ok)]
    [TestCase("tail room-1 --from 1", "TERM", ExitCode.Ok)]
    [TestCase("publish room-1", "INT", ExitCode.Failure)]
    [Platform(Exclude = "Win", Reason = "signals")]
    public async Task A_command_that_is_interrupted_ends_as_it_should(string command, string signal, int expected)
    {
        await using var server = new HonestServer();
        await Tool.RunAsync($"publish room-1 one --port {server.Port}");
        // Whoever runs this in the background may have its children ignore SIGINT, and what is ignored stays so.
        var env = OperatingSystem.IsLinux() ? "--default-signal=INT dotnet" : "dotnet";
        var start = new ProcessStartInfo("env", $"{env} exec \"{Tool.Dll}\" {command} --port {server.Port}")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync("two");
        await process.StandardInput.FlushAsync();
        Assert.That(await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1)), Is.Not.Empty);
        using var kill = Process.Start("kill", ["-s", signal, $"{process.Id}"]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.That(process.ExitCode, Is.EqualTo(expected));
    }
}
