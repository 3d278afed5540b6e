using System.CommandLine;
using System.CommandLine.Help;
using Wire.Cli.Completion;
using Wire.Cli.Load;
using Wire.Cli.Log;
using Wire.Cli.Replay;
using Wire.Cli.Sessions;

namespace Wire.Cli;

/// <summary><c>wire</c>, with all of its commands.</summary>
internal static class WireCommand
{
    // A text that begins with @ is a text, and no file with arguments.
    private static readonly ParserConfiguration Configuration = new() { ResponseFileTokenReplacer = null };

    public static ParseResult Parse(IReadOnlyList<string> arguments) => Create().Parse(arguments, Configuration);

    /// <summary>Parses a line as a shell would cut it; without the tool's name.</summary>
    public static ParseResult Parse(string line) => Create().Parse(line, Configuration);

    private static Command Create() => new("wire", "Talks to a Wire server. Exit codes: 0 ok, 1 failure, 2 wrong usage, 3 cannot connect.")
    {
        new HelpOption(),
        new VersionOption(),
        ReplayCommand.Create(),
        LoadCommand.Create(),
        PublishCommand.Create(),
        TailCommand.Create(),
        HistoryCommand.Create(),
        LogCommand.Create(),
        CompletionCommand.Create(),
        CompleteCommand.Create(),
    };
}
