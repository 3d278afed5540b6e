using System.CommandLine;
using System.Globalization;
using Wire.Cli.Sessions;
using Wire.Client;
using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary><c>wire log trace</c></summary>
internal static class TraceCommand
{
    private const string Examples = """
        Examples:
          wire log trace wire-data --session room-1 --sequence 7
          wire log trace wire-data --session room-1 --client visitor-7 --publish-id 3
        """;

    public static Command Create()
    {
        var folder = LogCommand.Folder();
        var keyFile = LogCommand.KeyFile();
        var session = LogCommand.Session(required: true);
        var sequence = new Option<long?>("--sequence") { Description = "The message's sequence" }.InRange(1, long.MaxValue);
        var id = new Option<ulong?>("--id") { Description = "Or its id" };
        var client = new Option<string?>("--client") { Description = "Or its producer" };
        var publishId = new Option<ulong?>("--publish-id") { Description = "and the publish_id that it was sent with" };
        var json = LogCommand.Json();
        var command = new Command("trace", "Tells the life of one message: received, stored, on stable storage, answered. Exit code 1: it is not in the log")
        {
            folder,
            keyFile,
            session,
            sequence,
            id,
            client,
            publishId,
            json,
        };
        command.Validators.Add(result =>
        {
            var named = (result.GetResult(sequence) is null ? 0 : 1) + (result.GetResult(id) is null ? 0 : 1) + (result.GetResult(client) is null ? 0 : 1);
            if (named != 1 || result.GetResult(client) is null != result.GetResult(publishId) is null)
                result.AddError("Name the message by --sequence, by --id, or by --client and --publish-id.");
        });
        command.SetExamples(Examples);
        command.SetRead((parsed, cancellationToken) =>
        {
            var wanted = (Sequence: (ulong?)parsed.GetValue(sequence), Id: parsed.GetValue(id), Client: parsed.GetValue(client), PublishId: parsed.GetValue(publishId));
            var trace = LogTrace.Find(parsed.GetRequiredValue(folder), parsed.GetValue(keyFile), parsed.GetRequiredValue(session)!, IsIt, out var notRead, cancellationToken);
            LogCommand.SayNotRead(notRead);
            if (trace is null)
            {
                Console.Error.WriteLine("wire: the log has no such message: it was never stored, or is retired");
                return ExitCode.Failure;
            }
            if (parsed.GetValue(json))
                Console.WriteLine(LogJson.Of(TraceJson.Of(trace)));
            else
                Print(trace);
            return ExitCode.Ok;

            bool IsIt(ReceivedMessage message) => wanted.Sequence is { } number ? message.Sequence == number
                : wanted.Id is { } value ? message.Id.Value == value
                : message.Sender == wanted.Client && message.PublishId == wanted.PublishId;
        });
        return command;
    }

    private static void Print(LogTrace trace)
    {
        var (message, record) = (trace.Message, trace.Record);
        Console.WriteLine(MessageLine.Of(message));
        Line("received", $"{LogText.Time(message.Timestamp)} from {MessageLine.Plain(message.Sender)} ({message.Role}), publish_id {message.PublishId}, id {message.Id}");
        Line("asked for", $"level {trace.Level}; how often it was sent the log does not tell, it is stored once");
        Line("stored", string.Create(CultureInfo.InvariantCulture,
            $"{record.Path}, offset {record.Offset}, address {LogText.Address(record.Address)}, message {trace.Index + 1} of {record.Count} in record {record.RunNumber} of its session"));
        Line("", $"log sequence {record.LogSequence}, boot epoch {record.Epoch}");
        Line("stable", trace.DurableBy is { } later
            ? $"by {LogText.Time(later.Timestamp)} at the latest: the record at address {LogText.Address(later.Address)} says so"
            : trace.IsBelowSlot ? "yes, as commit.slots says; by when is not known" : "not known: nothing was written after it that says so");
        Line("answered", trace.Answer is { } answer
            ? $"{LogText.Time(answer.Timestamp)} by {MessageLine.Plain(answer.Sender)} with sequence {answer.Sequence}, in reply to {answer.InReplyTo}, {answer.Finish}"
            : "by no handler");
    }

    private static void Line(string name, string value) => Console.WriteLine($"{name,-9} {value}");
}
