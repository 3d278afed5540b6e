// The command line of Wire. Each command is a file; what they share about the server is ServerOptions.
using System.CommandLine;
using System.CommandLine.Help;
using Wire.Cli;
using Wire.Cli.Load;
using Wire.Cli.Replay;
using Wire.Cli.Sessions;

var root = new Command("wire", "Talks to a Wire server. Exit codes: 0 ok, 1 failure, 2 wrong usage, 3 cannot connect.")
{
    new HelpOption(),
    new VersionOption(),
    ReplayCommand.Create(),
    LoadCommand.Create(),
    PublishCommand.Create(),
    TailCommand.Create(),
    HistoryCommand.Create(),
};

var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
return parsed.Errors.Count > 0 ? ExitCode.Usage : exitCode;
