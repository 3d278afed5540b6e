using System.CommandLine;
using Wire.Log;

namespace Wire.Cli.Log;

/// <summary><c>wire log</c>: looks into a data folder.</summary>
internal static class LogCommand
{
    private const string Examples = """
        Examples:
          wire log stat wire-data
          wire log verify wire-data
          wire log dump wire-data --session room-1 | jq -r .text
          wire log trace wire-data --session room-1 --sequence 7
        """;

    public static Command Create()
    {
        var command = new Command("log", "Looks into a data folder, whether a server has it open or not, and changes nothing in it")
        {
            StatCommand.Create(),
            VerifyCommand.Create(),
            DumpCommand.Create(),
            TraceCommand.Create(),
            SalvageCommand.Create(),
        };
        command.SetExamples(Examples);
        return command;
    }

    public static Argument<string> Folder() => new("FOLDER") { Description = "The data folder (Wire:Storage:Path)" };

    public static Option<string?> KeyFile() => new("--key-file")
    {
        Description = "The keys (Wire:Storage:Encryption:KeyFile); without them what is encrypted is counted and not read",
    };

    public static Option<bool> Json() => new("--json") { Description = "The report as one JSON object" };

    public static Option<string?> Session(bool required = false) => new("--session") { Description = "The session's id", Required = required };

    public static void SayNotRead(long records)
    {
        if (records > 0)
            Console.Error.WriteLine($"wire: {records} records are encrypted and were passed over; give their keys with --key-file");
    }

    /// <summary>Runs a command that reads a folder, and turns what it ends with into a line and an exit code.</summary>
    public static void SetRead(this Command command, Func<ParseResult, CancellationToken, int> run)
        => command.SetRead((parsed, cancellationToken) => Task.FromResult(run(parsed, cancellationToken)));

    /// <inheritdoc cref="SetRead(Command, Func{ParseResult, CancellationToken, int})"/>
    public static void SetRead(this Command command, Func<ParseResult, CancellationToken, Task<int>> run)
        => command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                return await run(parsed, cancellationToken);
            }
            catch (Exception exception) when (exception is LogException or UsageException)
            {
                await Console.Error.WriteLineAsync($"wire: {exception.Message}");
                return ExitCode.Usage;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return ExitCode.Failure;
            }
        });
}
