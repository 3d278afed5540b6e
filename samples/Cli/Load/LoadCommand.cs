using System.CommandLine;
using System.Text.Json;
using Wire.Cli.Measurement;

namespace Wire.Cli.Load;

/// <summary><c>wire load</c></summary>
internal static class LoadCommand
{
    private const string Examples = """
        Examples:
          wire load
          wire load --connections 64 --depth 256 --payload 64 --durability Disk --duration 20
        """;

    public static Command Create()
    {
        var connections = new Option<int>("--connections")
        {
            Description = "Connections",
            DefaultValueFactory = _ => 16,
        }.InRange(1, 10_000);
        var depth = new Option<int>("--depth")
        {
            Description = "Publishes that each connection keeps unanswered",
            DefaultValueFactory = _ => 64,
        }.InRange(1, 65_536);
        var payload = new Option<int>("--payload")
        {
            Description = "Bytes of content",
            DefaultValueFactory = _ => 64,
        }.InRange(0, 1_000_000);
        var durability = Levels.Create();
        var duration = new Option<int>("--duration")
        {
            Description = "Seconds to measure",
            DefaultValueFactory = _ => 10,
        }.InRange(1, 86_400);
        var warmUp = new Option<int>("--warm-up")
        {
            Description = "Seconds before that",
            DefaultValueFactory = _ => 2,
        }.InRange(0, 3_600);
        var json = new Option<bool>("--json") { Description = "The report as JSON, the progress on standard error" };

        var command = new Command("load", "Publishes as fast as answers come, and says how fast that is")
        {
            connections,
            depth,
            payload,
            durability,
            duration,
            warmUp,
            json,
        };
        command.SetExamples(Examples);
        command.SetRun(ServerOptions.AddTo(command), (parsed, server, cancellationToken) => RunAsync(
            new LoadOptions(
                server,
                parsed.GetValue(connections),
                parsed.GetValue(depth),
                parsed.GetValue(payload),
                parsed.GetValue(durability),
                TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                TimeSpan.FromSeconds(parsed.GetValue(duration))),
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(LoadOptions options, bool json, CancellationToken cancellationToken)
    {
        var output = json ? Console.Error : Console.Out;
        var report = await new LoadRun(options).RunAsync(
            (elapsed, messages) => output.WriteLine($"{Format.Seconds(elapsed),8}  {Format.Count(messages),12} messages"),
            cancellationToken);
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report, LoadJson.Default.LoadReport));
        }
        else
        {
            foreach (var line in report.Lines())
                Console.WriteLine(line);
        }
        return ExitCode.Ok;
    }
}
