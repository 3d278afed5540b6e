using System.CommandLine;
using System.Globalization;
using Wire.Cli.Sessions;
using Wire.Log;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary><c>wire log dump</c></summary>
internal static class DumpCommand
{
    private const string Examples = """
        Examples:
          wire log dump wire-data --session room-1
          wire log dump wire-data --from 2026-11-20T08:00:00Z --until 2026-11-20T09:00:00Z --client agent-7
          wire log dump wire-data --records --limit 10
        """;

    public static Command Create()
    {
        var folder = LogCommand.Folder();
        var keyFile = LogCommand.KeyFile();
        var session = LogCommand.Session();
        var client = new Option<string?>("--client") { Description = "Only what this producer has published" };
        var from = Time("--from", "Only what was received at this time or later, as 2026-11-20T08:00:00Z");
        var until = Time("--until", "Only what was received before this time");
        var limit = new Option<long?>("--limit") { Description = "End after so many lines" }.InRange(1, long.MaxValue);
        var records = new Option<bool>("--records") { Description = "The records of the log, and not the messages in them" };
        var command = new Command("dump", "Prints the messages of a log in the order in which they were stored, each as a JSON object on a line")
        {
            folder,
            keyFile,
            session,
            client,
            from,
            until,
            limit,
            records,
        };
        command.SetExamples(Examples);
        command.SetRead((parsed, cancellationToken) =>
        {
            var filter = new RecordFilter(parsed.GetValue(session), parsed.GetValue(client), parsed.GetValue(from), parsed.GetValue(until));
            var left = parsed.GetValue(limit) ?? long.MaxValue;
            using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: 1 << 16);
            var take = parsed.GetValue(records) ? (Func<ScannedRecord, ScannedRange, bool>)TakeRecord : TakeMessages;
            var (log, notRead) = LogInspector.Records(parsed.GetRequiredValue(folder), parsed.GetValue(keyFile), filter, take, cancellationToken);
            output.Flush();
            LogCommand.SayNotRead(notRead);
            foreach (var fault in log.Faults)
                Console.Error.WriteLine($"wire: {fault}");
            if (log.EndNote is { } note && log.End == LogEnd.Newer)
                Console.Error.WriteLine($"wire: {note}");
            return log.FaultCount > 0 ? ExitCode.Failure : log.End == LogEnd.Newer ? ExitCode.Usage : ExitCode.Ok;

            bool TakeRecord(ScannedRecord record, ScannedRange range)
            {
                output.WriteLine(LogJson.Of(RecordJson.Of(StoredRecord.Of(record, range))));
                return --left > 0;
            }

            bool TakeMessages(ScannedRecord record, ScannedRange range)
            {
                if (new RecordHeader(range.Bytes(record)).Kind != RecordKind.Run)
                    return true;
                foreach (var (message, _) in StoredRun.Messages(range.Bytes(record), range.File.Header?.NodeId ?? 0))
                {
                    output.WriteLine(MessageJson.Of(message));
                    if (--left == 0)
                        return false;
                }
                return true;
            }
        });
        return command;
    }

    // Without a zone it is UTC, as all times of the log are.
    private static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
                return time;
            result.AddError($"{name} is a time as 2026-11-20T08:00:00Z.");
            return null;
        },
    };
}
