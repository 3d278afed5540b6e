using System.CommandLine;

namespace Wire.Cli.Sessions;

/// <summary><c>wire tail</c></summary>
internal static class TailCommand
{
    private const string Examples = """
        Examples:
          wire tail room-1
          wire tail room-1 --from 1 --count 10
          wire tail room-1 --json | jq -r .text
        """;

    public static Command Create()
    {
        var session = SessionCommand.Session();
        var clientId = SessionCommand.ClientId();
        var from = new Option<long>("--from")
        {
            Description = "The first sequence; 0 for what is said from now on",
        }.InRange(0, long.MaxValue);
        var count = new Option<long?>("--count") { Description = "End after so many messages" }.InRange(1, long.MaxValue);
        var json = SessionCommand.Json();

        var command = new Command("tail", "Follows a session, over lost connections too, until it is interrupted or has --count messages")
        {
            session,
            clientId,
            from,
            count,
            json,
        };
        command.SetExamples(Examples);
        command.SetRun(ServerOptions.AddTo(command), async (parsed, server, cancellationToken) =>
        {
            var options = server.ForClient(parsed.GetRequiredValue(clientId));
            await using var client = await server.ConnectAsync(options, cancellationToken);
            try
            {
                var first = (ulong)parsed.GetValue(from);
                var left = parsed.GetValue(count) ?? long.MaxValue;
                var isJson = parsed.GetValue(json);
                var messages = client.SubscribeAsync(parsed.GetRequiredValue(session), first, cancellationToken);
                await foreach (var message in messages)
                {
                    Console.WriteLine(isJson ? MessageJson.Of(message) : MessageLine.Of(message));
                    if (--left == 0)
                        break;
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
            return ExitCode.Ok;
        });
        return command;
    }
}
