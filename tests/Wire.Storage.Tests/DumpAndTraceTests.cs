using System.Text;
using Wire.Client;
using Wire.Protocol;
using Wire.Storage.Inspection;

namespace Wire.Storage.Tests;

/// <summary>Messages read out of a folder, and the life of one.</summary>
public sealed class DumpAndTraceTests
{
    [Test]
    public async Task Messages_come_in_the_order_of_the_log_with_all_that_readers_get()
    {
        using var folder = new TestFolder();
        var sessions = await VerifyTests.FillAsync(folder, 300, boots: 2);
        var messages = Messages(folder, new RecordFilter());
        Assert.That(messages, Has.Count.EqualTo(sessions.Messages));
        Assert.That(messages.Select(m => (m.SessionId, m.Sequence)), Is.EqualTo(
            sessions.Records.SelectMany(r => Enumerable.Range(0, r.Count).Select(i => (r.Session, r.First + (ulong)i)))));
        foreach (var message in messages)
        {
            Assert.That(Encoding.UTF8.GetString(message.Payload.Span).TrimEnd('.'), Is.EqualTo(ChainedSessions.Text(message.SessionId, message.Sequence)));
            Assert.That(message.Role, Is.EqualTo(message.Sender == "agent-1" ? Role.Agent : Role.Visitor));
            Assert.That(message.Id.NodeId, Is.EqualTo(1));
        }
        Assert.That(messages.Select(m => m.Id.Value), Is.Ordered.And.Unique);
    }

    [Test]
    public async Task Session_producer_and_time_choose()
    {
        using var folder = new TestFolder();
        await VerifyTests.FillAsync(folder, 300);
        var all = Messages(folder, new RecordFilter());
        var (from, until) = (all[200].Timestamp, all[500].Timestamp);
        foreach (var session in (string?[])[null, "session-3", "nobody"])
            foreach (var client in (string?[])[null, "agent-1"])
                foreach (var isTimed in (bool[])[false, true])
                {
                    var filter = isTimed ? new RecordFilter(session, client, from, until) : new RecordFilter(session, client);
                    var expected = all.Where(m => (session is null || m.SessionId == session) && (client is null || m.Sender == client)
                        && (!isTimed || m.Timestamp >= from && m.Timestamp < until));
                    Assert.That(Messages(folder, filter).Select(m => m.Id), Is.EqualTo(expected.Select(m => m.Id)), $"{filter}");
                }
    }

    [Test]
    public async Task Files_that_are_older_than_what_is_asked_for_are_not_read()
    {
        using var folder = new TestFolder();
        var time = new ManualTime();
        var sessions = new ChainedSessions();
        await using (var log = await folder.OpenAsync(time: time))
        {
            await sessions.FillAsync(log, 50);
            for (var i = 0; i < 3; i++)
            {
                time.Advance(TimeSpan.FromHours(3));
                await log.DurableAsync(sessions.End);
                while (!((FasterMessageLog)log.Log).Roll())
                    await Task.Yield();
                await sessions.FillAsync(log, 50);
            }
        }
        DamageTests.Change(folder.SegmentFiles[0], 5000, b => (byte)~b);
        Assert.That(LogInspector.Stat(folder.Path).FaultCount, Is.GreaterThan(0));
        var newest = LogInspector.Stat(folder.Path).Files[^1].Header!.Value.BegunAt;
        var (result, _) = LogInspector.Records(folder.Path, null, new RecordFilter(From: StoredRecord.TimeOf(newest)), (_, _) => true);
        Assert.That(result.Faults, Is.Empty);
        Assert.That(result.BeginAddress, Is.GreaterThan(64));
        Assert.That(result.EndAddress, Is.EqualTo(sessions.End));
    }

    [Test]
    public async Task What_is_behind_damage_is_read_and_the_damage_is_named()
    {
        using var folder = new TestFolder();
        var sessions = await VerifyTests.FillAsync(folder, 100);
        var victim = sessions.Records[40];
        var (file, offset) = DamageTests.Place(folder, victim.Address);
        DamageTests.Change(file, offset + 120, b => (byte)~b);
        var messages = new List<ReceivedMessage>();
        var (log, _) = LogInspector.Records(folder.Path, null, new RecordFilter(), Take(messages));
        Assert.That(log.Faults.Single().ToString(), Does.StartWith($"{file}, offset {offset}, "));
        Assert.That(messages, Has.Count.EqualTo(sessions.Messages - victim.Count));
    }

    [Test]
    public async Task The_life_of_a_message_is_told()
    {
        using var folder = new TestFolder();
        var sessions = new ChainedSessions();
        await using (var log = await folder.OpenAsync())
        {
            await sessions.FillAsync(log, 30);
            await sessions.RunAsync(log, "room", "visitor-9", count: 3);
            await sessions.RunAsync(log, "other");
            await log.DurableAsync(sessions.End);
            await sessions.RunAsync(log, "room", "$bot", inReplyTo: 1);
            await sessions.RunAsync(log, "room", "agent-1", inReplyTo: 3);
            await sessions.RunAsync(log, "room", "$bot", inReplyTo: 3);
            await log.DurableAsync(sessions.End);
        }
        var stored = sessions.Records[^5];
        Func<ReceivedMessage, bool>[] names = [m => m.Sequence == 2, m => m is { Sender: "visitor-9", PublishId: 2 }];
        foreach (var name in names)
        {
            var trace = LogTrace.Find(folder.Path, null, "room", name, out _)!;
            var (file, offset) = DamageTests.Place(folder, stored.Address);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(trace.Message.Sequence, Is.EqualTo(2));
                Assert.That(trace.Index, Is.EqualTo(1));
                Assert.That(trace.Level, Is.EqualTo(Durability.Disk));
                Assert.That((trace.Record.Path, trace.Record.Offset, trace.Record.Address), Is.EqualTo((file, offset, stored.Address)));
                Assert.That(trace.Record.Count, Is.EqualTo(3));
                Assert.That(trace.DurableBy!.Address, Is.EqualTo(sessions.Records[^3].Address), "what was written before it was stable tells nothing");
                Assert.That(trace.IsBelowSlot);
                Assert.That(trace.Answer!.Sequence, Is.EqualTo(6), "an answer to what came before it is none, and an agent's is no handler's");
                Assert.That(trace.AnswerRecord!.Address, Is.EqualTo(sessions.Records[^1].Address));
            }
        }
        var last = LogTrace.Find(folder.Path, null, "room", m => m.Sequence == 6, out _)!;
        Assert.That(last.DurableBy, Is.Null);
        Assert.That(last.IsBelowSlot);
        Assert.That(last.Answer, Is.Null);
        Assert.That(LogTrace.Find(folder.Path, null, "room", m => m.Sequence == 7, out _), Is.Null);
        Assert.That(LogTrace.Find(folder.Path, null, "elsewhere", _ => true, out _), Is.Null);
    }

    static List<ReceivedMessage> Messages(TestFolder folder, RecordFilter filter)
    {
        var messages = new List<ReceivedMessage>();
        var (log, encrypted) = LogInspector.Records(folder.Path, null, filter, Take(messages));
        Assert.That(log.Faults, Is.Empty);
        Assert.That(encrypted, Is.Zero);
        return messages;
    }

    static Func<ScannedRecord, ScannedRange, bool> Take(List<ReceivedMessage> messages) => (record, range) =>
    {
        if (new RecordHeader(range.Bytes(record)).Kind == RecordKind.Run)
            messages.AddRange(StoredRun.Messages(range.Bytes(record), range.File.Header!.Value.NodeId).Select(m => m.Message));
        return true;
    };
}
