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

        var command = new Command("publish", "Publishes a text to a session, or every line of standard input")
        {
            session,
            text,
            clientId,
            durability,
            head,
        };
        command.SetExamples(Examples);
        command.SetRun(ServerOptions.AddTo(command), async (parsed, server, cancellationToken) =>
        {
            var options = server.ForClient(parsed.GetRequiredValue(clientId));
            options.DefaultDurability = parsed.GetValue(durability);
            await using var client = await server.ConnectAsync(options, cancellationToken);
            var publish = new PublishOptions { ExpectedHead = (ulong?)parsed.GetValue(head) };
            if (parsed.GetValue(text) is { } single)
            {
                Say(await client.PublishAsync(parsed.GetRequiredValue(session), single, publish, cancellationToken));
                return ExitCode.Ok;
            }
            while (await Console.In.ReadLineAsync(cancellationToken) is { } line)
                Say(await client.PublishAsync(parsed.GetRequiredValue(session), line, publish, cancellationToken));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Say(PublishResult result) => Console.WriteLine($"{result.Sequence} ({result.Durability})");
}
