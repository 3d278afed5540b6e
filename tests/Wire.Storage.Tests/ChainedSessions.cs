using System.Text;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Storage.Tests;

/// <summary>Appends runs and checkpoints of sessions as the engine does, with whole chains, over as many openings of a log as there are.</summary>
internal sealed class ChainedSessions
{
    readonly Dictionary<string, Session> _sessions = [];
    readonly Dictionary<string, ulong> _publishIds = [];
    long _lastId = 1000;
    long _now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>All that was appended, in order.</summary>
    public List<Record> Records { get; } = [];

    /// <summary>Where the newest record ends.</summary>
    public long End => Records[^1].End;

    /// <summary>Messages in all runs.</summary>
    public int Messages => Records.Sum(r => r.Count);

    /// <summary>The payload of a message.</summary>
    public static string Text(string session, ulong sequence) => $"{session} says {sequence}";

    public Session Of(string session) => _sessions.TryGetValue(session, out var found) ? found : _sessions[session] = new Session(Encoding.UTF8.GetBytes(session), 1000);

    /// <summary>Appends a run, and a checkpoint where one is due.</summary>
    /// <param name="log">The log.</param>
    /// <param name="session">Whose.</param>
    /// <param name="client">Who speaks.</param>
    /// <param name="count">Messages.</param>
    /// <param name="padding">Further bytes of each message.</param>
    /// <param name="inReplyTo">Of each message.</param>
    /// <param name="change">Changes the record before it is appended, so that it is whole and wrong.</param>
    /// <param name="every">Runs between checkpoints.</param>
    public async Task RunAsync(OpenLog log, string session, string client = "visitor-1", int count = 1, int padding = 0, ulong inReplyTo = 0,
        Action<byte[]>? change = null, int every = 20)
    {
        var it = Of(session);
        var id = Encoding.UTF8.GetBytes(client);
        using var writer = new RunWriter();
        writer.Begin(it.Id, id);
        for (var i = 0; i < count; i++)
        {
            var publishId = _publishIds[session + client] = _publishIds.GetValueOrDefault(session + client) + 1;
            writer.Add(publishId, 0, 1, 0, (int)Durability.Disk, inReplyTo, Encoding.UTF8.GetBytes(Text(session, it.Head + 1 + (ulong)i) + new string('.', padding)));
        }
        var role = client[0] == '$' ? Role.Bot : client[0] == 'a' ? Role.Agent : Role.Visitor;
        var record = writer.Complete((byte)role, it.Chain.Next, it.Head + 1, _lastId + 1, _now += 1_000_000).ToArray();
        change?.Invoke(record);
        await AppendAsync(log, session, record, count, it.Head + 1);
        _lastId += count;
        it.Head += (ulong)count;
        it.LastPackedId = _lastId;
        it.LastTimestamp = _now;
        it.First = Math.Max(it.First, 1);
        it.Chain.Append(Records[^1].Address, isCheckpoint: false);
        it.Producers.Store(it.Producers.Find(id), id, _publishIds[session + client], it.Head);
        if (it.Chain.RunNumber - it.Chain.Checkpoint.RunNumber >= every)
            await CheckpointAsync(log, session);
    }

    public async Task CheckpointAsync(OpenLog log, string session)
    {
        var it = Of(session);
        var body = new byte[SessionCheckpointWriter.Size(it)];
        SessionCheckpointWriter.Write(body, it);
        using var writer = new RunWriter();
        writer.Begin(it.Id, []);
        await AppendAsync(log, session, writer.CompleteCheckpoint(it.Chain.Next, it.Head, it.LastPackedId, it.LastTimestamp, body).ToArray(), 0, it.Head + 1);
        it.Chain.Append(Records[^1].Address, isCheckpoint: true);
    }

    /// <summary>Runs of ten sessions, each durable before the next, so that later records prove what is before them.</summary>
    public async Task FillAsync(OpenLog log, int runs, int sessions = 10, int padding = 200)
    {
        for (var i = 0; i < runs; i++)
        {
            await RunAsync(log, $"session-{i % sessions}", i % 3 == 0 ? "agent-1" : "visitor-1", 1 + i % 4, i * 37 % padding);
            await log.DurableAsync(End);
        }
    }

    async Task AppendAsync(OpenLog log, string session, byte[] record, int count, ulong first)
    {
        var status = await log.AppendAsync(record, (address, end) => Records.Add(new Record(session, address, end, first, count)));
        Assert.That(status, Is.EqualTo(AppendStatus.Appended));
    }

    internal readonly record struct Record(string Session, long Address, long End, ulong First, int Count);
}
