using System.Text;
using Google.Protobuf;
using Wire.Log;
using Wire.Sessions;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions;

internal sealed class SessionCheckpointTests
{
    [Test]
    public void A_checkpoint_is_written_as_the_generated_code_writes_it()
    {
        var random = new Random(9);
        for (var i = 0; i < 200; i++)
        {
            var session = Random(random, i == 0 ? 0 : random.Next(40));
            var bytes = new byte[SessionCheckpointWriter.Size(session)];
            SessionCheckpointWriter.Write(bytes, session);
            var expected = new SessionCheckpoint
            {
                HeadSequence = session.Head,
                FirstSequence = session.First,
                LastPackedId = session.LastPackedId,
                LastTimestampUnixNs = session.LastTimestamp,
                NewestHandover = session.Newest.Handover,
                NewestGiveback = session.Newest.Giveback,
                NewestAgentMessage = session.Newest.AgentMessage,
                NewestVisitorMessage = session.Newest.VisitorMessage,
                NewestStateEvent = session.Newest.StateEvent,
                StateEvent = ByteString.CopyFrom(session.Newest.StateEventPayload ?? []),
            };
            foreach (var link in session.Chain.Ancestors)
                expected.Ancestors.Add(new SessionCheckpoint.Types.ChainLink { RunNumber = link.RunNumber, Address = link.Address });
            foreach (var producer in session.Producers.All)
            {
                expected.Producers.Add(new SessionCheckpoint.Types.Producer
                {
                    ClientId = ByteString.CopyFrom(producer.ClientId),
                    PublishId = producer.PublishId,
                    Sequence = producer.Sequence,
                });
            }
            Assert.That(bytes, Is.EqualTo(expected.ToByteArray()));
        }
    }

    [Test]
    public async Task A_session_is_restored_from_its_checkpoint_and_the_runs_after_it()
    {
        var random = new Random(10);
        for (var i = 0; i < 50; i++)
        {
            var log = new VolatileLog(remembersAllProducers: false);
            await log.OpenAsync(() => { }, CancellationToken.None);
            var session = new Session("session"u8.ToArray(), 20);
            using var writer = new RunWriter();
            var runs = random.Next(1, 40);
            for (var run = 0; run < runs; run++)
            {
                Store(session, log, writer, random);
                if (random.Next(8) == 0)
                    Checkpoint(session, log, writer);
            }
            log.Advance();
            var restored = new Session("session"u8.ToArray(), 20);
            Assert.That(SessionLoader.TryLoad(restored, log = log.Crash()), Is.True);
            Assert.That(State(restored), Is.EqualTo(State(session)));
            Assert.That((restored.DurableHead, restored.DurableTail, restored.IndexedAddress), Is.EqualTo((session.Head, session.Chain.Tail, session.Chain.Tail)));
            Assert.That(log.Violations, Is.Empty);
        }
    }

    private static string State(Session session) =>
        $"{session.Head} {session.First} {session.LastPackedId} {session.LastTimestamp} {session.Newest.Handover} {session.Newest.Giveback} "
        + $"{session.Newest.AgentMessage} {session.Newest.VisitorMessage} {session.Newest.StateEvent} "
        + $"{Encoding.UTF8.GetString(session.Newest.StateEventPayload ?? [])} {session.Chain.Next} {string.Join(' ', session.Chain.Ancestors.ToArray())} "
        + string.Join(' ', session.Producers.All.ToArray().OrderBy(p => p.Sequence).Select(p => $"{Encoding.UTF8.GetString(p.ClientId)} {p.PublishId} {p.Sequence}"));

    private static void Store(Session session, VolatileLog log, RunWriter writer, Random random)
    {
        string[] payloads =
        [
            "words", """{"type":"handover"}""", """{"type":"giveback"}""", $$"""{"type":"state","node":{{random.Next()}}}""", """{"type":"other"}""",
        ];
        var isServer = random.Next(5) == 0;
        var client = Encoding.UTF8.GetBytes(isServer ? "$handler" : $"client{random.Next(30)}");
        var count = random.Next(1, 5);
        var publishId = session.Producers.Find(client)?.PublishId ?? 0;
        writer.Begin(session.Id, client);
        for (var i = 0; i < count; i++)
            writer.Add(publishId += (ulong)random.Next(1, 3), random.Next(2) * (int)Wire.Protocol.PayloadKind.Event, 0, 0, 2, 0, Encoding.UTF8.GetBytes(payloads[random.Next(5)]));
        session.LastTimestamp += random.Next(5);
        var firstId = session.LastPackedId + random.Next(1, 9);
        var role = (byte)(isServer ? Wire.Protocol.Role.Bot : random.Next(2) == 0 ? Wire.Protocol.Role.Agent : Wire.Protocol.Role.Visitor);
        var record = writer.Complete(role, session.Chain.Next, session.Head + 1, firstId, session.LastTimestamp);
        Assert.That(log.Append(record, out var address, out _), Is.EqualTo(AppendStatus.Appended));
        session.Head += (ulong)count;
        session.First = 1;
        session.LastPackedId = firstId + count - 1;
        session.Chain.Append(address, isCheckpoint: false);
        session.Producers.Store(session.Producers.Find(client), client, publishId, session.Head);
        SessionLoader.NoteMessages(ref session.Newest, record);
    }

    private static void Checkpoint(Session session, VolatileLog log, RunWriter writer)
    {
        var body = new byte[SessionCheckpointWriter.Size(session)];
        SessionCheckpointWriter.Write(body, session);
        writer.Begin(session.Id, []);
        var record = writer.CompleteCheckpoint(session.Chain.Next, session.Head, session.LastPackedId, session.LastTimestamp, body);
        Assert.That(log.Append(record, out var address, out _), Is.EqualTo(AppendStatus.Appended));
        session.Chain.Append(address, isCheckpoint: true);
    }

    private static Session Random(Random random, int producers)
    {
        var session = new Session("session"u8.ToArray(), 1000)
        {
            Head = Any(random),
            First = Any(random),
            LastPackedId = (long)Any(random),
            LastTimestamp = (long)Any(random),
            Newest = new NewestOfKind
            {
                Handover = Any(random),
                Giveback = Any(random),
                AgentMessage = Any(random),
                VisitorMessage = Any(random),
                StateEvent = Any(random),
                StateEventPayload = random.Next(2) == 0 ? null : new byte[random.Next(70_000)],
            },
        };
        for (var i = 0; i < producers; i++)
            session.Producers.Store(null, Encoding.UTF8.GetBytes(new string('c', random.Next(1, 120)) + i), Any(random), Any(random));
        for (var i = 0; i < producers; i++)
            session.Chain.Append((long)Any(random) + 1, isCheckpoint: false);
        return session;
    }

    private static ulong Any(Random random) => random.Next(4) == 0 ? 0 : (ulong)random.NextInt64() >> random.Next(63);
}
