using System.CommandLine;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using Wire.Load.Commands;

// Here and not by System.CommandLine, which listens only once a command has given up its first thread: measurements never do. The first
// signal ends them in good order, so that servers are stopped and their folders removed; the second ends the program at once.
using var interrupted = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var parsed = WireLoadCommand.Create().Parse(args);
if (parsed.Action is ParseErrorAction error)
    error.ShowHelp = false;
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, interrupted.Token);

void Interrupt(PosixSignalContext context)
{
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
