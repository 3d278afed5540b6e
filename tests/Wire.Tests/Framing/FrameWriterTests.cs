using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

/// <summary>What is written by hand is byte for byte what Google.Protobuf writes, and as long as was said.</summary>
internal sealed class FrameWriterTests
{
    private delegate int Writing(Span<byte> destination);

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property An_acknowledgement_is_written_as_Protobuf_writes_it()
        => Prop.ForAll(Streams.Messages<Ack>(), ack =>
        {
            var session = Utf8(ack.SessionId);
            AssertSame(
                new Frame { Ack = ack },
                FrameWriter.AckSize(session.Length, ack.PublishId, ack.Sequence, ack.Count, ack.Duplicate, (int)ack.Durability),
                to => FrameWriter.WriteAck(to, session, ack.PublishId, ack.Sequence, ack.Count, ack.Duplicate, (int)ack.Durability));
        });

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property A_message_is_written_as_Protobuf_writes_it()
        => Prop.ForAll(Streams.Messages<Message>(), message => AssertSame(
            new Frame { Message = message }, FrameWriter.MessageSize(View(message)), to => FrameWriter.WriteMessage(to, View(message))));

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property A_page_is_written_as_Protobuf_writes_it()
        => Prop.ForAll(Streams.Messages<Page>(), page =>
        {
            var session = Utf8(page.SessionId);
            var messages = page.Messages.Sum(message => FrameWriter.MessageFieldSize(View(message)));
            AssertSame(
                new Frame { Page = page },
                FrameWriter.PageSize(page.RequestId, session.Length, page.FirstSequence, page.HeadSequence, messages),
                to =>
                {
                    var at = FrameWriter.WritePageHeader(to, page.RequestId, session, page.FirstSequence, page.HeadSequence, messages);
                    foreach (var message in page.Messages)
                        at += FrameWriter.WriteMessageField(to[at..], View(message));
                    return at;
                });
        });

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public Property A_publish_is_written_as_Protobuf_writes_it()
        => Prop.ForAll(Streams.Messages<Publish>(), publish => AssertSame(
            new Frame { Publish = publish }, FrameWriter.PublishSize(View(publish)), to => FrameWriter.WritePublish(to, View(publish))));

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property An_error_is_written_as_Protobuf_writes_it()
        => Prop.ForAll(Streams.Messages<Error>(), error => AssertSame(
            new Frame { Error = error }, FrameWriter.ErrorSize(View(error)), to => FrameWriter.WriteError(to, View(error))));

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property A_subscribed_is_written_as_Protobuf_writes_it()
        => Prop.ForAll(Streams.Messages<Subscribed>(), subscribed =>
        {
            var session = Utf8(subscribed.SessionId);
            AssertSame(
                new Frame { Subscribed = subscribed },
                FrameWriter.SubscribedSize(session.Length, subscribed.FirstSequence, subscribed.HeadSequence),
                to => FrameWriter.WriteSubscribed(to, session, subscribed.FirstSequence, subscribed.HeadSequence));
        });

    [Test]
    public void A_ping_and_a_pong_are_written_as_Protobuf_writes_them([Values(0UL, 1UL, ulong.MaxValue)] ulong nonce)
    {
        AssertSame(new Frame { Ping = new Ping { Nonce = nonce } }, FrameWriter.HeartbeatSize(nonce), to => FrameWriter.WritePing(to, nonce));
        AssertSame(new Frame { Pong = new Pong { Nonce = nonce } }, FrameWriter.HeartbeatSize(nonce), to => FrameWriter.WritePong(to, nonce));
    }

    [FsCheck.NUnit.Property(MaxTest = 300)]
    public Property Any_frame_can_be_written_to_a_buffer_writer()
        => Prop.ForAll(Streams.Messages<Frame>(), frame =>
        {
            var output = new ArrayBufferWriter<byte>();
            FrameWriter.Write(output, frame);
            FrameWriter.Write(output, frame);
            var once = Streams.Delimited(frame);
            Assert.That(output.WrittenSpan.ToArray(), Is.EqualTo(once.Concat(once)));
        });

    [Test]
    public void The_largest_values_fit_what_is_said_to_be_the_most()
    {
        var id = new byte[ProtocolLimits.MaxIdBytes];
        var detail = new byte[100];
        Assert.Multiple(() =>
        {
            Assert.That(FrameWriter.AckSize(id.Length, ulong.MaxValue, ulong.MaxValue, uint.MaxValue, true, -1), Is.EqualTo(FrameWriter.MaxAckBytes));
            Assert.That(FrameWriter.HeartbeatSize(ulong.MaxValue), Is.EqualTo(FrameWriter.MaxHeartbeatBytes));
            Assert.That(FrameWriter.SubscribedSize(id.Length, ulong.MaxValue, ulong.MaxValue), Is.EqualTo(FrameWriter.MaxSubscribedBytes));

            // These leave room for lengths of up to five bytes, which the sizes here do not need.
            Assert.That(
                FrameWriter.PageSize(uint.MaxValue, id.Length, ulong.MaxValue, ulong.MaxValue, 1 << 28) - (1 << 28),
                Is.EqualTo(FrameWriter.MaxPageHeaderBytes));
            var payload = new byte[1 << 20];
            var message = new MessageView
            {
                Id = ulong.MaxValue,
                SessionId = id,
                Sender = id,
                Payload = payload,
                Sequence = ulong.MaxValue,
                TimestampUnixNs = -1,
                PublishId = ulong.MaxValue,
                InReplyTo = ulong.MaxValue,
                Channel = -1,
                Role = -1,
                Kind = -1,
                Finish = -1,
            };
            Assert.That(FrameWriter.MessageSize(message) - payload.Length, Is.InRange(FrameWriter.MaxMessageOverheadBytes - 6, FrameWriter.MaxMessageOverheadBytes));
            Assert.That(FrameWriter.MessageFieldSize(message) - payload.Length, Is.LessThanOrEqualTo(FrameWriter.MaxMessageOverheadBytes));
            var publish = new PublishView
            {
                SessionId = id,
                Payload = payload,
                PublishId = ulong.MaxValue,
                InReplyTo = ulong.MaxValue,
                ExpectedHead = ulong.MaxValue,
                Kind = -1,
                Channel = -1,
                Durability = -1,
            };
            Assert.That(FrameWriter.PublishSize(publish) - payload.Length, Is.InRange(FrameWriter.MaxPublishOverheadBytes - 6, FrameWriter.MaxPublishOverheadBytes));
            var error = new ErrorView
            {
                Code = (ErrorCode)(-1),
                Detail = detail,
                Fatal = true,
                SessionId = id,
                PublishId = ulong.MaxValue,
                RequestId = uint.MaxValue,
                RetryAfterMs = uint.MaxValue,
                HeadSequence = ulong.MaxValue,
            };
            Assert.That(FrameWriter.ErrorSize(error) - detail.Length, Is.LessThanOrEqualTo(FrameWriter.MaxErrorOverheadBytes));
        });
    }

    [Test]
    public void A_destination_that_is_too_short_throws_and_nothing_is_written_beyond_it()
    {
        var buffer = new byte[64];
        var size = FrameWriter.AckSize(1, 300, 300, 1, false, 2);
        for (var length = 0; length < size; length++)
        {
            Array.Clear(buffer);
            Assert.That(() => FrameWriter.WriteAck(buffer.AsSpan(0, length), "s"u8, 300, 300, 1, false, 2), Throws.Exception);
            Assert.That(buffer.AsSpan(length).ContainsAnyExcept((byte)0), Is.False);
        }
    }

    private static MessageView View(Message message) => new()
    {
        Id = message.Id,
        SessionId = Utf8(message.SessionId),
        Sender = Utf8(message.Sender),
        Payload = message.Payload.Span,
        Sequence = message.Sequence,
        TimestampUnixNs = message.TimestampUnixNs,
        PublishId = message.PublishId,
        InReplyTo = message.InReplyTo,
        Channel = (int)message.Channel,
        Role = (int)message.Role,
        Kind = (int)message.Kind,
        Finish = (int)message.Finish,
    };

    private static PublishView View(Publish publish) => new()
    {
        SessionId = Utf8(publish.SessionId),
        Payload = publish.Payload.Span,
        PublishId = publish.PublishId,
        InReplyTo = publish.InReplyTo,
        ExpectedHead = publish.HasExpectedHead ? publish.ExpectedHead : null,
        Kind = (int)publish.Kind,
        Channel = (int)publish.Channel,
        Durability = (int)publish.Durability,
    };

    private static ErrorView View(Error error) => new()
    {
        Code = error.Code,
        Detail = Utf8(error.Detail),
        Fatal = error.Fatal,
        SessionId = Utf8(error.SessionId),
        PublishId = error.PublishId,
        RequestId = error.RequestId,
        RetryAfterMs = error.RetryAfterMs,
        HeadSequence = error.HeadSequence,
    };

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static void AssertSame(Frame frame, int size, Writing write)
    {
        var expected = Streams.Delimited(frame);
        var buffer = new byte[expected.Length];
        Assert.That(size, Is.EqualTo(expected.Length));
        Assert.That(write(buffer), Is.EqualTo(expected.Length));
        Assert.That(buffer, Is.EqualTo(expected));
    }
}
