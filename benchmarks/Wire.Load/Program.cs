using System.CommandLine.Invocation;
using Wire.Load.Commands;

var parsed = WireLoadCommand.Create().Parse(args);
if (parsed.Action is ParseErrorAction error)
    error.ShowHelp = false;
return await parsed.InvokeAsync();
