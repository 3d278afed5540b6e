using System.CommandLine;
using Wire.Client;

namespace Wire.Cli.Sessions;

/// <summary><c>wire tail</c></summary>
internal static class TailCommand
{
    private const string Examples = """
        Examples:
          wire tail room-1
          wire tail room-1 --from 1 --count 10
          wire tail room-1 --json | jq -r .text
          wire tail room-1 --replies
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
        var replies = new Option<bool>("--replies") { Description = "Show a handler's replies while they are made, too" };
        var json = SessionCommand.Json();

        var command = new Command("tail", "Follows a session, over lost connections too, until it is interrupted or has --count messages")
        {
            session,
            clientId,
            from,
            count,
            replies,
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
                var room = parsed.GetRequiredValue(session);
                if (parsed.GetValue(replies))
                    await FollowAsync(client.FollowAsync(room, first, cancellationToken), isJson, left);
                else
                    await ReadAsync(client.SubscribeAsync(room, first, cancellationToken), isJson, left);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task ReadAsync(IAsyncEnumerable<ReceivedMessage> messages, bool isJson, long left)
    {
        await foreach (var message in messages)
        {
            Console.WriteLine(isJson ? MessageJson.Of(message) : MessageLine.Of(message));
            if (--left == 0)
                break;
        }
    }

    private static async Task FollowAsync(IAsyncEnumerable<SessionUpdate> updates, bool isJson, long left)
    {
        var isTerminal = !Console.IsOutputRedirected;
        var reply = new ReplyLine(Console.Out, isTerminal, isTerminal ? Console.WindowWidth : 0);
        await foreach (var update in updates)
        {
            switch (update)
            {
                case ReplyUpdate piece when isJson:
                    Console.WriteLine(ReplyJson.Of(piece));
                    break;
                case ReplyUpdate piece:
                    reply.Show(piece);
                    break;
                case MessageUpdate { Message: var message }:
                    reply.Clear();
                    Console.WriteLine(isJson ? MessageJson.Of(message) : MessageLine.Of(message));
                    if (--left == 0)
                        return;
                    break;
            }
        }
    }
}
