using System.CommandLine;
using Wire.Cli.Sessions;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary><c>wire log verify</c></summary>
internal static class VerifyCommand
{
    private const string Examples = """
        Examples:
          wire log verify wire-data && echo sound
          wire log verify wire-data --json | jq -r '.faults[].reason'
        """;

    public static Command Create()
    {
        var folder = LogCommand.Folder();
        var keyFile = LogCommand.KeyFile();
        var json = LogCommand.Json();
        var command = new Command("verify", "Reads all of a log and says what is damaged, and where. Exit codes: 0 sound, 1 damaged, 2 cannot be read")
        {
            folder,
            keyFile,
            json,
        };
        command.SetExamples(Examples);
        command.SetRead((parsed, cancellationToken) =>
        {
            var report = LogInspector.Verify(parsed.GetRequiredValue(folder), parsed.GetValue(keyFile), cancellationToken);
            if (parsed.GetValue(json))
                Console.WriteLine(LogJson.Of(VerifyJson.Of(report)));
            else
                Print(report);
            return report.FaultCount > 0 ? ExitCode.Failure : report.End == LogEnd.Newer ? ExitCode.Usage : ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Says how a log ends, where that is not with its last record.</summary>
    public static void PrintEnd(LogReport report, TextWriter output)
    {
        if (report.EndNote is not { } note)
            return;
        output.WriteLine(report.End == LogEnd.Newer ? $"newer     {note}"
            : report.Holder is not null ? $"end       a write is under way: {note}"
            : $"end       torn: {note}. The next start cuts away what is there; none of it was acknowledged as on stable storage.");
    }

    /// <summary>Says what is wrong and what is lost.</summary>
    public static void PrintFaults(LogReport report)
    {
        foreach (var fault in report.Faults)
            Console.WriteLine($"fault     {MessageLine.Plain(fault.ToString())}");
        foreach (var lost in report.Lost)
            Console.WriteLine($"lost      session {MessageLine.Plain(lost.SessionId)}: {lost}");
        if (report.LostOfUnknownSessions > 0)
            Console.WriteLine($"lost      {report.LostOfUnknownSessions} records of which no later record says whose they were");
    }

    private static void Print(LogReport report)
    {
        PrintFaults(report);
        PrintEnd(report, Console.Out);
        if (report.Statistics.NotRead > 0)
            Console.WriteLine($"unchecked {LogText.Count(report.Statistics.NotRead)} records are encrypted: without --key-file their checksums were checked, and not what is in them");
        if (report.IsOvertaken)
            Console.WriteLine("retired   files were retired before they were read");
        var live = report.Holder is null ? "" : $" (live, open by {report.Holder})";
        Console.WriteLine($"{(report.FaultCount > 0 ? $"damaged, {report.FaultCount} faults" : report.IsSound ? "sound" : "cannot be read to its end")}: "
            + $"{report.Files.Count} files, {LogText.Count(report.Statistics.Records)} records, {LogText.Count(report.Statistics.Messages)} messages, "
            + $"{LogText.Count(report.Statistics.Sessions)} sessions, addresses {LogText.Address(report.BeginAddress)} to {LogText.Address(report.EndAddress)}{live}");
    }
}
