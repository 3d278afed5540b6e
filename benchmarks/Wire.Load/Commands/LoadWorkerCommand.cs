using System.CommandLine;
using Wire.Load.Processes;

namespace Wire.Load.Commands;

/// <summary><c>client-worker</c>: one of several client processes.</summary>
internal static class LoadWorkerCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command(LoadWorker.Command, "Runs a share of a load as it is told to on the standard input; --processes starts them.");
        command.SetAction(_ =>
        {
            using var worker = new LoadWorker();
            worker.Answer(Console.In, Console.Out);
            return 0;
        });
        return command;
    }
}
