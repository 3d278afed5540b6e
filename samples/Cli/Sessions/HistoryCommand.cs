using System.CommandLine;
using Wire.Protocol;

namespace Wire.Cli.Sessions;

/// <summary><c>wire history</c></summary>
internal static class HistoryCommand
{
    private const string Examples = """
        Examples:
          wire history room-1
          wire history room-1 --from 1 --limit 1000
          wire history room-1 --json | jq -r .text
        """;

    public static Command Create()
    {
        var session = SessionCommand.Session();
        var clientId = SessionCommand.ClientId();
        var from = new Option<long?>("--from") { Description = "The first sequence" }.InRange(0, long.MaxValue);
        var limit = new Option<int>("--limit")
        {
            Description = "The most messages",
            DefaultValueFactory = _ => 20,
        }.InRange(1, ProtocolLimits.MaxPageMessages);
        var json = SessionCommand.Json();

        var command = new Command("history", "Prints stored messages of a session: the newest, or with --from those from a sequence on")
        {
            session,
            clientId,
            from,
            limit,
            json,
        };
        command.SetExamples(Examples);
        command.SetRun(ServerOptions.AddTo(command), async (parsed, server, cancellationToken) =>
        {
            var options = server.ForClient(parsed.GetRequiredValue(clientId));
            await using var client = await server.ConnectAsync(options, cancellationToken);
            var first = parsed.GetValue(from);
            var page = await client.FetchAsync(
                parsed.GetRequiredValue(session),
                (ulong)(first ?? 0),
                parsed.GetValue(limit),
                backward: first is null,
                cancellationToken);
            var isJson = parsed.GetValue(json);
            foreach (var message in page.Messages)
                Console.WriteLine(isJson ? MessageJson.Of(message) : MessageLine.Of(message));
            await Console.Error.WriteLineAsync(
                $"{page.Messages.Count} messages; the session holds {page.FirstSequence} to {page.HeadSequence}");
            return ExitCode.Ok;
        });
        return command;
    }
}
