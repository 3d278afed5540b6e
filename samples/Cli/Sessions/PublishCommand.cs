using System.CommandLine;
using Wire.Client;

namespace Wire.Cli.Sessions;

/// <summary><c>wire publish</c></summary>
internal static class PublishCommand
{
    private const string Examples = """
        Examples:
          wire publish room-1 "Good morning"
          cat lines.txt | wire publish room-1
          wire publish room-1 "First!" --expected-head 0 --durability Disk --json
        """;

    public static Command Create()
    {
        var session = SessionCommand.Session();
        var text = new Argument<string?>("TEXT")
        {
            Description = "What to say; left out, standard input",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var clientId = SessionCommand.ClientId();
        var durability = Levels.Create();
        var head = new Option<long?>("--expected-head")
        {
            Description = "Only where this is the session's newest sequence; 0 where nothing was said yet",
        }.InRange(0, long.MaxValue);
        var json = SessionCommand.Json();

        var command = new Command("publish", "Publishes a text to a session, or every line of standard input")
        {
            session,
            text,
            clientId,
            durability,
            head,
            json,
        };
        command.SetExamples(Examples);
        command.SetRun(ServerOptions.AddTo(command), async (parsed, server, cancellationToken) =>
        {
            var options = server.ForClient(parsed.GetRequiredValue(clientId));
            options.DefaultDurability = parsed.GetValue(durability);
            await using var client = await server.ConnectAsync(options, cancellationToken);
            var sessionId = parsed.GetRequiredValue(session);
            var isJson = parsed.GetValue(json);
            var publish = new PublishOptions { ExpectedHead = (ulong?)parsed.GetValue(head) };
            if (parsed.GetValue(text) is { } single)
            {
                Say(await client.PublishAsync(sessionId, single, publish, cancellationToken));
                return ExitCode.Ok;
            }

            // A read of standard input cannot be given up, the wait for it can.
            using var input = new StreamReader(Console.OpenStandardInput(), Console.InputEncoding);
            while (await input.ReadLineAsync(cancellationToken).AsTask().WaitAsync(cancellationToken) is { } line)
                Say(await client.PublishAsync(sessionId, line, publish, cancellationToken));
            return ExitCode.Ok;

            void Say(PublishResult result)
                => Console.WriteLine(isJson ? PublishJson.Of(sessionId, result) : $"{result.Sequence} ({result.Durability})");
        });
        return command;
    }
}
