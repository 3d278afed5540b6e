using System.CommandLine;
using System.Globalization;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary><c>wire log stat</c></summary>
internal static class StatCommand
{
    private const string Examples = """
        Examples:
          wire log stat wire-data
          wire log stat wire-data --json | jq .messages
        """;

    public static Command Create()
    {
        var folder = LogCommand.Folder();
        var keyFile = LogCommand.KeyFile();
        var json = LogCommand.Json();
        var command = new Command("stat", "Says what is in a log: files, records, messages, sessions, times") { folder, keyFile, json };
        command.SetExamples(Examples);
        command.SetRead((parsed, cancellationToken) =>
        {
            var report = LogInspector.Stat(parsed.GetRequiredValue(folder), parsed.GetValue(keyFile), cancellationToken);
            var stat = StatJson.Of(report);
            if (parsed.GetValue(json))
                Console.WriteLine(LogJson.Of(stat));
            else
                Print(stat, report);
            return report.End == LogEnd.Newer ? ExitCode.Usage : ExitCode.Ok;
        });
        return command;
    }

    private static void Print(StatJson stat, LogReport report)
    {
        Line("folder", $"{stat.Folder} ({stat.FolderId}), created {stat.Created} by node {stat.NodeId}");
        Line("state", stat.Live ? $"live, open by {stat.Holder}" : stat.Slot is { OrderlyClose: true } ? "closed in good order" : "not open");
        Line("log", $"addresses {stat.Begin} to {stat.End}, {LogText.Count(stat.LogBytes)} bytes in {stat.Files.Count} files, pages of {LogText.Count(stat.PageBytes)}");
        if (stat.Slot is { } slot)
            Line("stable", $"until address {slot.Until} at least, epoch {slot.Epoch}");
        Line("records", $"{LogText.Count(stat.Records.Runs)} runs, {LogText.Count(stat.Records.Checkpoints)} checkpoints, {LogText.Count(stat.Records.Others)} others"
            + (stat.Records.Encrypted == 0 ? "" : $"; {LogText.Count(stat.Records.Encrypted)} of them encrypted with key {string.Join(", ", stat.Records.KeyIds)}"));
        Line("messages", LogText.Count(stat.Messages)
            + (stat.BytesPerMessage is { } bytes ? string.Create(CultureInfo.InvariantCulture, $", {bytes} bytes of log each; ids {stat.FirstId} to {stat.LastId}") : ""));
        Line("sessions", $"{LogText.Count(stat.Sessions)}, {LogText.Count(stat.Producers)} producers");
        if (stat.Oldest is not null)
            Line("time", $"{stat.Oldest} to {stat.Newest}");
        Line("epochs", $"{stat.Epochs.Count} in the log; newest process {stat.StoredEpoch?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}");
        VerifyCommand.PrintEnd(report, Console.Out);
        if (stat.Faults > 0)
            Line("faults", $"{stat.Faults}; see wire log verify");
        Console.WriteLine();
        Console.WriteLine($"{"file",-28} {"log bytes",15} {"records",12} {"messages",12}  {"newest message",-28}");
        foreach (var file in stat.Files)
            Console.WriteLine($"{file.Name,-28} {LogText.Count(file.LogBytes),15} {LogText.Count(file.Records),12} {LogText.Count(file.Messages),12}  {file.Newest ?? "-",-28}");
    }

    private static void Line(string name, string value) => Console.WriteLine($"{name,-9} {value}");
}
