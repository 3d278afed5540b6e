using System.CommandLine;
using Wire.Cli.Sessions;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary><c>wire log salvage</c></summary>
internal static class SalvageCommand
{
    private const string Examples = """
        Examples:
          wire log salvage wire-data wire-salvaged
          wire log salvage wire-data wire-salvaged --json | jq '.broken[]'
        """;

    public static Command Create()
    {
        var folder = LogCommand.Folder();
        var target = new Argument<string>("NEWFOLDER") { Description = "Where to copy to; it must not exist" };
        var keyFile = LogCommand.KeyFile();
        var json = LogCommand.Json();
        var command = new Command("salvage", "Copies what is provably good of a damaged folder to a new one. Exit codes: 0 all of it, 1 not all, 2 cannot be done")
        {
            folder,
            target,
            keyFile,
            json,
        };
        command.SetExamples(Examples);
        command.SetRead(async (parsed, cancellationToken) =>
        {
            var newFolder = parsed.GetRequiredValue(target);
            var report = await LogSalvage.RunAsync(parsed.GetRequiredValue(folder), newFolder, parsed.GetValue(keyFile), cancellationToken);
            if (parsed.GetValue(json))
                Console.WriteLine(LogJson.Of(SalvageJson.Of(report)));
            else
                Print(report);
            return report is { IsComplete: true, Result.IsSound: true } ? ExitCode.Ok : ExitCode.Failure;
        });
        return command;
    }

    private static void Print(SalvageReport report)
    {
        VerifyCommand.PrintFaults(report.Source);
        foreach (var session in report.Broken)
        {
            var kept = session.KeptFirst > session.KeptLast ? "nothing kept" : $"kept sequences {session.KeptFirst} to {session.KeptLast}";
            var why = session.IsCarriedOn
                ? "begins at the checkpoint behind the damage, which holds its state"
                : "ends before the damage, with no checkpoint behind it; its next message gets the sequence after that";
            var rest = session.NotCopied == 0 ? "" : $"; {session.NotCopied} whole messages not copied, sequences {session.NotCopiedFirst} to {session.NotCopiedLast}";
            Console.WriteLine($"session   {MessageLine.Plain(session.SessionId)}: {kept}, {why}{rest}");
        }
        if (report.Source.LostOfUnknownSessions > 0)
            Console.WriteLine("          sessions whose newest records were lost end before them, and give their sequences once more");
        Console.WriteLine($"copied {LogText.Count(report.Result.Statistics.Messages)} of {LogText.Count(report.Source.Statistics.Messages)} whole messages to {report.Result.Path}"
            + (report.Result.IsSound ? ", which is sound" : $", which is NOT sound: {report.Result.Faults[0]}"));
    }
}
