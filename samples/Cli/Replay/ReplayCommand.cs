using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Wire.Cli.Replay;

/// <summary><c>wire replay</c></summary>
internal static class ReplayCommand
{
    private const string Examples = """
        Visitors and agents speak over separate connections, each turn when its speaker has seen the one before it. Disconnects
        and restarts of the server are ridden out. Then every session is read back, and order and content are compared.

        A line of the file is a dialogue:
          {"id": "7", "turns": [{"role": "visitor", "text": "…"}, {"role": "agent", "text": "…"}]}

        Examples:
          wire replay samples/data/crosswoz.jsonl
          wire replay samples/data/crosswoz.jsonl --parallel 500 --json
          wire replay samples/data/crosswoz.jsonl --pace 100        slowly enough to kill the server in the middle
        """;

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The dialogues, as JSON lines" };
        var defaults = new ReplayOptions { Server = new ServerAddress("", 0), Prefix = "" };
        var parallel = new Option<int>("--parallel")
        {
            Description = "Dialogues that are spoken at once",
            DefaultValueFactory = _ => defaults.Parallel,
        }.InRange(1, 10_000);
        var connections = new Option<int>("--connections")
        {
            Description = "Connections of visitors, and as many of agents",
            DefaultValueFactory = _ => defaults.Connections,
        }.InRange(1, 1_000);
        var prefix = new Option<string?>("--prefix")
        {
            Description = "What session and client ids begin with; one of its own for each run by default. The same replay with the "
                + "same prefix goes on where it stopped, and stores nothing twice",
        };
        var timeout = new Option<int>("--timeout")
        {
            Description = "Seconds without any progress after which to give up",
            DefaultValueFactory = _ => (int)defaults.Timeout.TotalSeconds,
        }.InRange(1, 86_400);
        var pace = new Option<int>("--pace")
        {
            Description = "Milliseconds that a speaker thinks before each turn",
        }.InRange(0, 60_000);
        var durability = Levels.Create();
        var anyRole = new Option<bool>("--any-role")
        {
            Description = "Do not compare roles: the server tells no agents from visitors",
        };
        var json = new Option<bool>("--json") { Description = "The report as JSON, the progress on standard error" };

        var command = new Command("replay", "Speaks the dialogues of a file through a running server and compares what is stored")
        {
            file,
            parallel,
            connections,
            prefix,
            timeout,
            pace,
            durability,
            anyRole,
            json,
        };
        command.SetExamples(Examples);
        command.SetRun(ServerOptions.AddTo(command), (parsed, server, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(file),
            new ReplayOptions
            {
                Server = server,
                Prefix = Checked(parsed.GetValue(prefix)) ?? NewPrefix(),
                Parallel = parsed.GetValue(parallel),
                Connections = parsed.GetValue(connections),
                Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)),
                Pace = TimeSpan.FromMilliseconds(parsed.GetValue(pace)),
                Durability = parsed.GetValue(durability),
                ChecksRoles = !parsed.GetValue(anyRole),
            },
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string file, ReplayOptions options, bool json, CancellationToken cancellationToken)
    {
        var run = new ReplayRun(options, DialogueFile.Read(file));
        var isTerminal = !Console.IsOutputRedirected && !json;
        var report = await ReplayDisplay.ShowAsync(run, json ? Console.Error : Console.Out, isTerminal, cancellationToken);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, ReplayJson.Default.ReplayReport));
        }
        else
        {
            foreach (var line in report.Lines())
                Console.WriteLine(line);
        }
        return report.AllEqual ? ExitCode.Ok : ExitCode.Failure;
    }

    private static string? Checked(string? prefix)
        => prefix is null || (prefix.Length is > 0 and <= 32 && !prefix.Any(char.IsControl))
            ? prefix
            : throw new UsageException("A prefix is 1 to 32 characters.");

    // Never the same twice, and in the order of time for who looks at the sessions later.
    private static string NewPrefix()
        => DateTime.UtcNow.ToString("'replay-'yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture)
            + RandomNumberGenerator.GetHexString(4, lowercase: true);
}
