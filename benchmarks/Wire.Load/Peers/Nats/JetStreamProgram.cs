using System.Net;
using System.Text.Json;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>nats-server with JetStream, and streams that it keeps in files.</summary>
/// <param name="isShared">Whether all connections publish to one stream, each to a subject of its own, or each to a stream of its own.</param>
internal sealed class JetStreamProgram(bool isShared) : NatsProgram(
    isShared ? "jetstream" : "jetstream-streams",
    "the message is in the stream's file, written and not synced: that is done every 2 minutes by default, so a power cut takes what was answered")
{
    private const string Api = "$JS.API.STREAM.";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Settings { get; } = ["--jetstream"];

    /// <inheritdoc/>
    public override void Forget(IPEndPoint endPoint)
    {
        using var nats = Connect(endPoint);
        // A page of names at a time.
        while (Ask(nats, "NAMES").GetProperty("streams") is { ValueKind: JsonValueKind.Array } names && names.GetArrayLength() > 0)
        {
            foreach (var name in names.EnumerateArray())
                Ask(nats, $"DELETE.{name.GetString()}");
        }
    }

    /// <inheritdoc/>
    public override LoadConnection CreatePublisher(LoadPlan plan, int index)
    {
        var publisher = new JetStreamPublisher(plan, index, isShared);
        // By one: the server takes some of those who ask for the same stream at the same time for others with the same subjects.
        if (isShared && index == 0)
        {
            using var nats = Connect(plan.EndPoint);
            Ask(nats, $"CREATE.{publisher.Stream}", publisher.Configuration);
        }
        return publisher;
    }

    /// <inheritdoc/>
    public override void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers)
    {
        using var nats = Connect(plan.EndPoint);
        foreach (var stream in publishers.Cast<JetStreamPublisher>().GroupBy(publisher => publisher.Stream))
        {
            var state = Ask(nats, $"INFO.{stream.Key}").GetProperty("state");
            var (stored, last) = (state.GetProperty("messages").GetInt64(), state.GetProperty("last_seq").GetInt64());
            var sent = stream.Sum(publisher => publisher.Window.Sent);
            if (stored != sent || last != sent)
                throw new LoadFailureException($"Stream {stream.Key} has {stored} messages up to sequence {last} of {sent} that were answered.");
        }

        // Each publisher's have been seen to rise; of all together they are 1, 2, 3, … as well.
        WireProtocol.CheckSequences(publishers.Cast<JetStreamPublisher>().Select(publisher => publisher.Answers));
    }

    private static PeerControl Connect(IPEndPoint endPoint)
    {
        var nats = new PeerControl(endPoint);
        nats.Send(NatsCommand.Connect);
        nats.Send(NatsCommand.Subscribe(NatsCommand.Inbox("control")));
        return nats;
    }

    private static JsonElement Ask(PeerControl nats, string question, ReadOnlySpan<byte> body = default)
    {
        nats.Send(NatsCommand.Publish(Api + question, NatsCommand.Inbox("control"), body));
        while (true)
        {
            var (line, payload) = Read(nats);
            if (line.StartsWith("-ERR", StringComparison.Ordinal))
                throw new LoadFailureException($"NATS refused a question: {line}");
            if (!line.StartsWith("MSG ", StringComparison.Ordinal))
                continue;
            var answer = JsonElement.Parse(payload);
            return answer.TryGetProperty("error", out var error)
                ? throw new LoadFailureException($"JetStream refused {question}: {error}")
                : answer;
        }
    }
}
