using System.Text;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Tests.Sessions;

internal sealed class PublishRuleTests
{
    private const string S = "session";

    [Test]
    public async Task A_duplicate_is_not_stored_and_names_the_newest_sequence_of_its_producer()
    {
        await using var harness = await EngineHarness.StartAsync();
        var a = await harness.ConnectAsync("a");
        var b = await harness.ConnectAsync("b");
        await a.SendWholeAsync(Frames.Publishes(S, 10, 3));
        await b.SendWholeAsync(Frames.Publishes(S, 1, 2));
        await a.SendWholeAsync(Frames.Publish(S, 10), Frames.Publish(S, 5), Frames.Publish(S, 12), Frames.Publish(S, 13));
        Assert.That(await a.Outbox.ReadAsync(3), Is.EqualTo(new[]
        {
            Frames.Ack(S, 12, 3, 3, Durability.Disk),
            Frames.Ack(S, 12, 3, 3, Durability.Disk, duplicate: true),
            Frames.Ack(S, 13, 6, 1, Durability.Disk),
        }));
        Assert.That(harness.Volatile.MessagesOf(S).Select(m => m.PublishId), Is.EqualTo(new ulong[] { 10, 11, 12, 1, 2, 13 }));
    }

    [Test]
    public async Task A_duplicate_waits_until_its_original_is_on_stable_storage()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var first = await harness.ConnectAsync("a");
        await first.SendWholeAsync(Frames.Publishes(S, 1, 2));
        await first.DropAsync();
        var second = await harness.ConnectAsync("a");
        await second.SendWholeAsync(Frames.Publishes(S, 1, 2));
        await harness.SettleAsync();
        Assert.That(second.Outbox.ReadAll(), Is.Empty);

        harness.Volatile.Advance();
        Assert.That(await second.ReadAsync(), Is.EqualTo(Frames.Ack(S, 2, 2, 2, Durability.Disk, duplicate: true)));
        Assert.That(harness.Volatile.MessagesOf(S), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_duplicate_of_level_MEMORY_waits_for_nothing()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var first = await harness.ConnectAsync("a");
        await first.SendWholeAsync(Frames.Publishes(S, 1, 2, Durability.Memory));
        await first.DropAsync();
        var second = await harness.ConnectAsync("a");
        await second.SendWholeAsync(Frames.Publishes(S, 1, 2, Durability.Memory));
        Assert.That(await second.ReadAsync(), Is.EqualTo(Frames.Ack(S, 2, 2, 2, Durability.Memory, duplicate: true)));
    }

    [Test]
    public async Task A_duplicate_range_ends_where_the_level_changes()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publishes(S, 1, 3));
        await producer.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish(S, 2, "", Durability.Memory), Frames.Publish(S, 3, "", Durability.Memory));
        Assert.That(await producer.Outbox.ReadAsync(3), Is.EqualTo(new[]
        {
            Frames.Ack(S, 3, 3, 3, Durability.Disk),
            Frames.Ack(S, 1, 3, 1, Durability.Disk, duplicate: true),
            Frames.Ack(S, 3, 3, 2, Durability.Memory, duplicate: true),
        }));
    }

    [Test]
    public async Task A_conditional_publish_is_stored_only_on_the_head_that_it_names()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync(S, 1, expectedHead: 1);
        Assert.That((await producer.ReadAsync()).Error, Is.EqualTo(new Error
        {
            Code = ErrorCode.Conflict,
            SessionId = S,
            PublishId = 1,
            HeadSequence = 0,
            Detail = "expected_head is not the session's head",
        }));
        await producer.PublishAsync(S, 2, expectedHead: 0);
        Assert.That(await producer.ReadAsync(), Is.EqualTo(Frames.Ack(S, 2, 1, 1, Durability.Disk)));
        await producer.PublishAsync(S, 3, expectedHead: 0);
        Assert.That((await producer.ReadAsync()).Error.HeadSequence, Is.EqualTo(1));
        // Runs end before a conditional publish, and go on behind it.
        await producer.SendWholeAsync(Frames.Publish(S, 4), Frames.Publish(S, 5, "", expectedHead: 2), Frames.Publish(S, 6));
        harness.Volatile.Advance();
        await producer.LeaveAsync();
        Assert.That(producer.Outbox.ReadAll().Sum(f => f.Ack.Count), Is.EqualTo(3));
        Assert.That(harness.Volatile.MessagesOf(S).Select(m => m.PublishId), Is.EqualTo(new ulong[] { 2, 4, 5, 6 }));
    }

    [Test]
    public async Task A_conflict_waits_until_the_head_that_it_names_is_on_stable_storage()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var other = await harness.ConnectAsync("b");
        await other.SendWholeAsync(Frames.Publishes(S, 1, 2, Durability.Memory));
        var producer = await harness.ConnectAsync("a");
        await producer.PublishAsync(S, 1, expectedHead: 0);
        await harness.SettleAsync();
        Assert.That(producer.Outbox.ReadAll(), Is.Empty);
        harness.Volatile.Advance();
        Assert.That((await producer.ReadAsync()).Error.HeadSequence, Is.EqualTo(2));
    }

    [Test]
    public async Task A_duplicate_is_recognised_before_its_expected_head_is_looked_at()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1, "", expectedHead: 0), Frames.Publish(S, 1, "", expectedHead: 0));
        Assert.That(await producer.Outbox.ReadAsync(2), Is.EqualTo(new[]
        {
            Frames.Ack(S, 1, 1, 1, Durability.Disk), Frames.Ack(S, 1, 1, 1, Durability.Disk, duplicate: true),
        }));
    }

    [Test]
    public async Task Refusals_come_in_the_order_of_the_acks()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(
            Frames.Publish(S, 1), Frames.Publish(S, 0), Frames.Publish(S, 2), Frames.Publish(S, 3, "", (Durability)9),
            Frames.Publish(S, 4, "", expectedHead: 7), Frames.Publish(S, 2), Frames.Publish(S, 5));
        harness.Volatile.Advance();
        var frames = await producer.Outbox.ReadAsync(7);
        Assert.That(frames.Select(f => (f.Ack?.PublishId ?? f.Error.PublishId, f.Error?.Code)), Is.EqualTo(new (ulong, ErrorCode?)[]
        {
            (1, null), (0, ErrorCode.InvalidArgument), (2, null), (3, ErrorCode.InvalidArgument), (4, ErrorCode.Conflict), (2, null), (5, null),
        }));
        Assert.That(frames[5].Ack.Duplicate, Is.True);
        Assert.That(frames.Select(f => f.Ack?.SessionId ?? f.Error.SessionId), Is.All.EqualTo(S));
        Assert.That(frames[1].Error.Detail, Does.StartWith("publish_id"));
        Assert.That(frames[3].Error.Detail, Does.StartWith("durability"));
        Assert.That(frames.Select(f => f.Error?.Fatal ?? false), Is.All.False);
    }

    [Test]
    public async Task What_is_invalid_is_refused_as_that_though_it_be_a_duplicate()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(S, 1), Frames.Publish(S, 1, "", (Durability)(-1)));
        Assert.That((await producer.Outbox.ReadAsync(2))[1].Error.Code, Is.EqualTo(ErrorCode.InvalidArgument));
    }

    [TestCase("")]
    [TestCase("a\nb")]
    [TestCase("a\u0085b")]
    [TestCase("129")]
    public async Task A_session_id_that_is_none_is_refused_with_an_empty_one(string id)
    {
        if (id == "129")
            id = new string('x', 129);
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendWholeAsync(Frames.Publish(id, 7), Frames.Publish(id, 8), Frames.Publish(S, 9), Frames.Publish(id, 10));
        await producer.LeaveAsync();
        var frames = producer.Outbox.ReadAll();
        Assert.That(frames.Where(f => f.Error is not null).Select(f => (f.Error.Code, f.Error.SessionId, f.Error.PublishId)), Is.EqualTo(new[]
        {
            (ErrorCode.InvalidArgument, "", 7ul), (ErrorCode.InvalidArgument, "", 8ul), (ErrorCode.InvalidArgument, "", 10ul),
        }));
        Assert.That(frames.Where(f => f.Ack is not null), Is.EqualTo(new[] { Frames.Ack(S, 9, 1, 1, Durability.Disk) }));
    }

    [Test]
    public async Task Kinds_channels_and_ids_are_stored_as_they_are_whatever_comes_before_them()
    {
        int[] odd = [0, -1, 0xFFFFFF, 5, 0x1000005, 5, 1 << 24, 0, int.MinValue, int.MaxValue, 3];
        var published = new List<Publish>();
        foreach (var kind in odd)
        {
            foreach (var channel in odd)
            {
                published.Add(new Publish
                {
                    SessionId = S,
                    PublishId = (ulong)published.Count * 3 + 1,
                    Kind = (PayloadKind)kind,
                    Channel = (Channel)channel,
                    Payload = ByteString.CopyFromUtf8(new string('p', published.Count % 3)),
                    InReplyTo = (ulong)published.Count % 2 * ulong.MaxValue,
                });
            }
        }
        published[^1].PublishId = ulong.MaxValue;

        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a", Role.Agent);
        await producer.SendAsync([.. published.Select(p => new Frame { Publish = p })]);
        await producer.SendAsync(Frames.Fetch(S, 1, limit: 1000));
        Frame page;
        do
            page = await producer.ReadAsync();
        while (page.Page is null);
        Assert.That(page.Page.Messages.Select(m => (m.PublishId, m.Kind, m.Channel, m.InReplyTo, m.Payload, m.Role, m.Sender, m.Finish)),
            Is.EqualTo(published.Select(p => (p.PublishId, p.Kind, p.Channel, p.InReplyTo, p.Payload, Role.Agent, "a", Finish.Complete))));
        Assert.That(page.Page.Messages.Select(m => m.Sequence), Is.EqualTo(Enumerable.Range(1, published.Count).Select(i => (ulong)i)));
    }

    [Test]
    public async Task The_largest_frame_is_stored_and_read_back()
    {
        await using var harness = await EngineHarness.StartAsync();
        var session = new string('s', 128);
        var producer = await harness.ConnectAsync(new string('c', 128));
        var publish = new Publish { SessionId = session, PublishId = 1, Payload = ByteString.CopyFrom(new byte[1_000_000]) };
        var room = ProtocolLimits.DefaultMaxFrameBytes - new Frame { Publish = publish }.CalculateSize();
        publish.Payload = ByteString.CopyFrom(new byte[1_000_000 + room]);
        Assert.That(new Frame { Publish = publish }.CalculateSize(), Is.EqualTo(ProtocolLimits.DefaultMaxFrameBytes));

        await producer.SendAsync(Frames.Subscribe(session), new Frame { Publish = publish }, Frames.Publish(session, 2, new string('p', 1024)), Frames.Fetch(session, 1));
        Frame? page = null, message = null;
        while (page is null || message is null)
        {
            var frame = await producer.ReadAsync();
            Assert.That(frame.CalculateSize(), Is.LessThanOrEqualTo(ProtocolLimits.DefaultMaxFrameBytes + ProtocolLimits.ServerFrameExtraBytes));
            if (frame.Page is not null)
                page = frame;
            if (frame.Message is { Sequence: 1 })
                message = frame;
        }
        Assert.That(page.Page.Messages, Has.Count.EqualTo(1), "cut to fit a frame");
        Assert.That(page.Page.Messages[0], Is.EqualTo(message.Message));
        Assert.That(page.Page.Messages[0].Payload, Is.EqualTo(publish.Payload));
    }

    [Test]
    public async Task Frames_that_a_client_may_not_send_are_refused_and_the_connection_goes_on()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync([3, 0xF8, 0x07, 1]);
        await producer.SendWholeAsync(new Frame { Welcome = new Welcome() });
        await producer.SendWholeAsync(Frames.Ping(77));
        var frames = await producer.Outbox.ReadAsync(3);
        Assert.That(frames[0].Error, Has.Property("Code").EqualTo(ErrorCode.BadFrame).And.Property("Fatal").False);
        Assert.That(frames[1].Error, Has.Property("Code").EqualTo(ErrorCode.BadFrame).And.Property("Fatal").False);
        Assert.That(frames[2].Pong.Nonce, Is.EqualTo(77));
    }

    [Test]
    public async Task What_came_before_bytes_that_are_no_frame_counts()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        var bytes = new MemoryStream();
        Frames.Publish(S, 1).WriteDelimitedTo(bytes);
        bytes.Write([0x00]);
        Frames.Publish(S, 2).WriteDelimitedTo(bytes);
        await producer.SendAsync(bytes.ToArray(), isWhole: true);
        harness.Volatile.Advance();
        Assert.That((await producer.Outbox.ClosedAsync())?.Code, Is.EqualTo(ErrorCode.BadFrame));
        Assert.That(producer.Outbox.ReadAll()[0], Is.EqualTo(Frames.Ack(S, 1, 1, 1, Durability.Disk)));
        Assert.That(harness.Volatile.MessagesOf(S), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_second_Hello_ends_the_connection()
    {
        await using var harness = await EngineHarness.StartAsync();
        var producer = await harness.ConnectAsync("a");
        await producer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "a" } });
        Assert.That((await producer.Outbox.ClosedAsync())?.Code, Is.EqualTo(ErrorCode.BadFrame));
    }

    [Test]
    public async Task A_publish_of_unusual_shape_is_taken_like_any_other()
    {
        await using var harness = await EngineHarness.StartAsync();
        harness.Volatile.IsAutomatic = false;
        var producer = await harness.ConnectAsync("a");
        // A field twice (the last one wins), an unknown field, and the body split in two that merge.
        var first = new Publish { SessionId = "other", PublishId = 1, Payload = ByteString.CopyFromUtf8("old") }.ToByteArray();
        var second = new Publish { SessionId = S, Payload = ByteString.CopyFromUtf8("new") }.ToByteArray();
        byte[] frame = [0x1A, (byte)first.Length, .. first, 0x1A, (byte)second.Length, .. second, 0xF8, 0x07, 1];
        var stream = new MemoryStream();
        Frames.Publish(S, 0).WriteDelimitedTo(stream);
        stream.Write([(byte)frame.Length, .. frame]);
        Frames.Publish(S, 2, "after").WriteDelimitedTo(stream);
        await producer.SendAsync(stream.ToArray());
        harness.Volatile.Advance();
        Assert.That(harness.Volatile.MessagesOf(S).Select(m => Encoding.UTF8.GetString(m.Payload)), Is.EqualTo(new[] { "new", "after" }));
    }
}
