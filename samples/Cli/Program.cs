// The command line of Wire. Each command is a file; what they share about the server is ServerOptions.
using System.CommandLine;
using System.Runtime.InteropServices;
using Wire.Cli;

// The first Ctrl+C, or SIGTERM, asks the command to end, and its own exit code stands. Another one ends the process.
using var interruption = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

var parsed = WireCommand.Parse(args);
var exitCode = await parsed.InvokeAsync(
    new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
    interruption.Token);
return parsed.Errors.Count > 0 ? ExitCode.Usage : exitCode;

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}
