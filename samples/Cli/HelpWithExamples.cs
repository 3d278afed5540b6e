using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Wire.Cli;

/// <summary>The usual help of a command, and examples below it: the list of commands shows one line of each.</summary>
internal sealed class HelpWithExamples(string examples) : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = _help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(examples);
        parseResult.InvocationConfiguration.Output.WriteLine();
        return result;
    }
}
