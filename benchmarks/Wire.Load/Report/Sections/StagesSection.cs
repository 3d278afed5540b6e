using Wire.Load.Stages;

namespace Wire.Load.Report.Sections;

/// <summary>Where a message's time goes.</summary>
internal static class StagesSection
{
    /// <summary>The stages, in the order of a message's life.</summary>
    public static IReadOnlyList<StageRow> Rows { get; } =
    [
        new("finding the frames, a message", "FramingBenchmarks", "PayloadBytes=64", "InPlace")
        {
            Least = ("hopping from length to length", "BareLengths"), Beside = [("Google.Protobuf", "GoogleParser", null)],
        },
        new("the same, and filling the batch", "BatchingBenchmarks", "PayloadBytes=64", "OneWorker")
        {
            Least = ("copying the bytes", "BareCopy"), Beside = [("four workers", "FourWorkers", null)],
        },
        new("a session by its id, one of 1,000", "RoutingBenchmarks", "Sessions=1000", "FindWorker", "FindSession")
        {
            Least = ("a dictionary of numbers", "BareDictionary"),
        },
        new("read loop to Ack, a message in one run of 256, over a log that forgets", "AcceptBenchmarks", "Sessions=1", "Publish")
        {
            Least = ("a dictionary", "BareDictionary"),
            Beside = [("a duplicate", "Duplicates", null), ("each a run of its own", "Publish", "Sessions=1000"), ("a duplicate of those", "Duplicates", "Sessions=1000")],
        },
        new("encoding the run, its checksum, a message", "RunBenchmarks", "PayloadBytes=64", "Encode", "Seal")
        {
            Least = ("copying the payload", "BareCopy"), Beside = [("reading it back", "Read", null)],
        },
        new("appending a run of 64 to the log, on disk, a message", "AppendBenchmarks", "PayloadBytes=64", "AppendRun")
        {
            Least = ("write and sync for each 1,024", "BareFile"),
            Beside = [("waiting for each 1,024", "AppendAll", null), ("FASTER's own log and device, which never syncs", "BareFasterLog", null)],
        },
        new("waiting behind the gate, an answer", "GateBenchmarks", "Waiting=64", "Queue")
        {
            Least = ("a queue of the framework's", "BareQueue"), Beside = [("hand-off, a run and an Ack for each message", "Worker", null)],
        },
        new("an Ack, for a run", "AckBenchmarks", "SessionIdBytes=16", "Write")
        {
            Least = ("copying it", "BareCopy"), Beside = [("Google.Protobuf", "GoogleProtobuf", null)],
        },
        new("the outbox, a frame", "OutboxBenchmarks", "FrameBytes=64", "Write") { Least = ("the pipe's own writer", "BarePipeWriter") },
        new("a Message for followers", "FanOutBenchmarks", "Followers=10", "Encode")
        {
            Least = ("copying it for ten", "BareCopy"), Beside = [("Google.Protobuf", "GoogleProtobuf", null)],
        },
        new("all of it for ten followers, a message in a batch of 256", "FanOutBenchmarks", "Followers=10", "Deliver")
        {
            Beside = [("alone", "DeliverOne", null)],
        },
        new("catching up, a message", "CatchUpBenchmarks", "SessionMessages=32768", "Walk")
        {
            Least = ("copying frames", "BareCopy"), Beside = [("from Subscribe to the last message in the outbox", "Subscribe", null)],
        },
        new("a page of 20", "FetchBenchmarks", "Log=Written", "NewestMessages")
        {
            Least = ("one read of as many bytes", "BareRead"),
            Beside = [("compacted", "NewestMessages", "Log=Compacted"), ("encrypted too", "NewestMessages", "Log=Encrypted")],
        },
        new("the .NET client, a message", "ClientBenchmarks", "PayloadBytes=64", "Publish")
        {
            Least = ("copying the payload", "BareCopy"), Beside = [("Google.Protobuf for the frame alone", "GoogleProtobuf", null)],
        },
    ];

    /// <summary>Renders it.</summary>
    public static string Render(ResultFolder results)
    {
        var report = results.Runs("stages", StagesJson.Default.StagesReport)[0];
        var table = new MarkdownTable("stage", "benchmark", "Wire", "the least", "beside it");
        var missing = new List<string>();
        foreach (var row in Rows)
        {
            var costs = row.Methods.Select(method => Cost(row, method, null)).OfType<string>().ToList();
            var least = row.Least is { } floor && Cost(row, floor.Method, null) is { } cost ? $"{cost}, {floor.What}" : "";
            var beside = row.Beside.Select(other => (other.What, Cost: Cost(row, other.Method, other.Parameters))).Where(other => other.Cost is not null).ToList();
            if (costs.Count > 0)
            {
                table.Add(
                    row.What, $"`{row.Class}.{row.Methods[0]}`{string.Concat(row.Methods.Skip(1).Select(method => $", `.{method}`"))}",
                    string.Join(" and ", costs), least, string.Join("; ", beside.Select(other => $"{other.What} {other.Cost}")));
            }
        }

        var notes = missing.Count == 0 ? "" : $"Left out of this run: {string.Join(", ", missing.Distinct().Select(name => $"`{name}`"))}. ";
        return $"{table}\nThe lowest of {report.Settings.Iterations} iterations of {report.Settings.IterationMilliseconds} ms; bytes are allocations, none where none are named. "
            + $"{notes}{Caption.Of(results, "stages")}";

        string? Cost(StageRow row, string method, string? parameters)
        {
            var place = parameters ?? row.Parameters;
            if (report.Stages.FirstOrDefault(stage => stage.Class == row.Class && stage.Method == method && stage.Parameters == place) is { } stage)
                return Figures.Nanoseconds(stage.LowestNanoseconds) + (stage.AllocatedBytes > 0 ? $" and {Figures.Bytes(stage.AllocatedBytes)}" : "");
            missing.Add($"{row.Class}.{method}({place})");
            return null;
        }
    }
}
