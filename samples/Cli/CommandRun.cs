using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using Wire.Client;

namespace Wire.Cli;

/// <summary>What the commands share in how they take their options and how they end.</summary>
internal static class CommandRun
{
    /// <summary>Runs a command, and turns what it ends with into a line and an exit code.</summary>
    public static void SetRun(
        this Command command, ServerOptions server, Func<ParseResult, ServerAddress, CancellationToken, Task<int>> run)
        => command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = server.Of(parsed);
            try
            {
                return await run(parsed, address, cancellationToken);
            }
            catch (CannotConnectException exception)
            {
                await Console.Error.WriteLineAsync($"wire: cannot connect to {exception.Message}");
                return ExitCode.CannotConnect;
            }
            catch (WireException exception)
            {
                await Console.Error.WriteLineAsync($"wire: {exception.Message}");
                return ExitCode.Failure;
            }
            catch (UsageException exception)
            {
                await Console.Error.WriteLineAsync($"wire: {exception.Message}");
                return ExitCode.Usage;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return ExitCode.Failure;
            }
        });

    /// <summary>Shows examples below the command's help.</summary>
    public static void SetExamples(this Command command, string examples)
        => command.Add(new HelpOption { Action = new HelpWithExamples(examples) });

    /// <summary>Refuses a number outside of its range on the command line.</summary>
    public static Option<T> InRange<T>(this Option<T> option, long min, long max)
    {
        option.Validators.Add(result =>
        {
            // What is no number has its own error.
            if (result.Tokens is [var token] && long.TryParse(token.Value, CultureInfo.InvariantCulture, out var value)
                && (value < min || value > max))
            {
                result.AddError($"{option.Name} is {min} to {max}.");
            }
        });
        return option;
    }
}
