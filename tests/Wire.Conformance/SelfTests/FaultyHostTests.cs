using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Runner;
using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

/// <summary>A host with one fault fails a transcript that is named here, and the message says what was wrong.</summary>
[TestFixture]
public sealed class FaultyHostTests
{
    private static readonly TranscriptOptions Impatient = new() { Deadline = TimeSpan.FromSeconds(2) };

    private static IEnumerable<TestCaseData> Faults()
    {
        yield return Fault("acks_a_publish_too_many", "An empty payload is stored", "covers 2 publishes where 1 are unanswered",
            Acks(ack => ack.Count++));
        yield return Fault("acks_another_publish", "An empty payload is stored", "the oldest 1 unanswered end with 1",
            Acks(ack => ack.PublishId++));
        yield return Fault("acks_another_sequence", "Two producers in one session share its numbers without a hole",
            "is not what was acknowledged there", Acks(ack => ack.Sequence = ((ack.Sequence - 1) ^ 1) + 1));
        yield return Fault("acks_one_sequence_twice", "Two producers in one session share its numbers without a hole",
            "was acknowledged to two publishes", Acks(ack => ack.Sequence = (ack.Sequence + 1) / 2));
        yield return Fault("acks_without_saying_the_level", "An empty payload is stored", "does not say its level",
            Acks(ack => ack.Durability = Durability.Default));
        yield return Fault("acks_at_another_level", "Every level is answered as asked and a range ends where it changes",
            "asked for another", Acks(ack => ack.Durability = Durability.Disk));
        yield return Fault("never_acks", "An empty payload is stored", "nothing of the kind came",
            frame => frame.Ack is null ? [frame] : []);
        yield return Fault("acks_twice", "An empty payload is stored", "covers 1 publishes where 0 are unanswered",
            frame => frame.Ack is null ? [frame] : [frame, frame]);
        yield return Fault("hides_duplicates", "A publish sent again is acknowledged and not stored again", "duplicate",
            Acks(ack => ack.Duplicate = false));
        yield return Fault("loses_a_followed_message", "A subscription from the middle begins there", "where sequence 50 is next",
            frame => frame.Message?.Sequence == 50 ? [] : [frame]);
        yield return Fault("doubles_a_followed_message", "A subscription from the middle begins there",
            "where sequence 51 is next", frame => frame.Message?.Sequence == 50 ? [frame, frame] : [frame]);
        yield return Fault("shows_another_payload_when_fetched", "A Fetch sees all that its connection published before it",
            "is not what was acknowledged there", Pages(page => page.Messages[0].Payload = ByteString.CopyFrom(1)));
        yield return Fault("shows_a_page_upside_down", "History is read backward and still in ascending order",
            "not consecutive", Pages(page => Replace(page, page.Messages.Reverse())));
        yield return Fault("shows_a_page_without_its_newest", "History is read backward and still in ascending order",
            "ends at 59 and not at 60", Pages(page => Replace(page, page.Messages.SkipLast(1))));
        yield return Fault("shows_a_page_beyond_its_head", "History is read forward", "is behind sequence 60",
            Pages(page => page.HeadSequence--));
        yield return Fault("lets_time_go_backward", "A subscription from the middle begins there", "has timestamp",
            Messages(message => message.TimestampUnixNs = 1_800_000_000_000_000_000 - (long)message.Sequence));
        yield return Fault("gives_an_id_twice", "A subscription from the middle begins there", "has id 7",
            Messages(message => message.Id = 7));
        yield return Fault("sends_what_nobody_asked_for", "An empty payload is stored", "was not expected",
            frame => frame.Ack is null ? [frame] : [frame, new Frame { Chunk = new Chunk { SessionId = frame.Ack.SessionId } }]);
        yield return Fault("speaks_after_a_fatal_error", "A second Hello is fatal", "after a fatal Error",
            frame => frame.Error is null ? [frame] : [frame, new Frame { Pong = new Pong() }]);
        yield return Fault("does_not_call_it_fatal", "A version that is not served is fatal", "neither Welcome nor a fatal Error",
            frame => frame.Error is null ? [frame] : [new Frame { Error = new Error { Code = frame.Error.Code } }]);
        yield return Fault("welcomes_without_a_word", "Frames behind the Hello in the same write are served after the Welcome",
            "neither Welcome nor a fatal Error", frame => frame.Welcome is null ? [frame] : []);
        yield return Fault("relays_what_the_sender_says_of_itself",
            "A Signal reaches the other subscribers with the server's word on its sender", "signal.sender is \"somebody\"",
            frame => frame.Signal is { } signal && (signal.Sender = "somebody").Length > 0 ? [frame] : [frame]);
        yield return Fault("answers_refusals_without_the_head", "A publish on another head is a conflict that names the head, and its id stays free",
            "head_sequence", frame => frame.Error is { } error && (error.HeadSequence = 0) == 0 ? [frame] : [frame]);
        yield return Fault("sends_larger_frames_than_it_may", "A subscription from the middle begins there", "over the limit",
            frame => frame.Welcome is { } welcome && (welcome.MaxFrameBytes = 10) > 0 ? [frame] : Grown(frame));
    }

    [TestCaseSource(nameof(Faults))]
    public async Task Host_fails_that(string transcript, string message, Func<Frame, IEnumerable<Frame>> distort)
    {
        await using var host = new ReferenceHost { Distort = distort };

        await Assert.ThatAsync(
            async () => await new TranscriptRunner(host, Impatient).RunAsync(Find(transcript)),
            Throws.TypeOf<TranscriptFailedException>().With.Message.Contains(message)
                .And.Message.Contains(transcript).And.Message.Contains("failed at "));
    }

    [Test]
    public async Task Host_fails_that_loses_an_acknowledged_message_in_a_crash()
    {
        await using var host = new ReferenceHost
        {
            Forget = static sessions =>
            {
                foreach (var session in sessions.Values)
                {
                    session.Messages.RemoveAt(session.Messages.Count - 1);
                }
            },
        };

        await Assert.ThatAsync(
            async () => await new TranscriptRunner(host, Impatient)
                .RunAsync(Find("After a crash all that was acknowledged at level DISK is there")),
            Throws.TypeOf<TranscriptFailedException>().With.Message.Contains("head_sequence"));
    }

    [Test]
    public async Task Host_fails_that_forgets_its_producers_in_a_crash()
    {
        await using var host = new ReferenceHost
        {
            Forget = static sessions =>
            {
                foreach (var session in sessions.Values)
                {
                    session.Producers.Clear();
                }
            },
        };

        await Assert.ThatAsync(
            async () => await new TranscriptRunner(host, Impatient)
                .RunAsync(Find("After a stop in good order what was acknowledged at level MEMORY is there too")),
            Throws.TypeOf<TranscriptFailedException>().With.Message.Contains("duplicate is False"));
    }

    [Test]
    public async Task Message_of_a_failure_shows_the_step_and_the_frames()
    {
        await using var host = new ReferenceHost();
        var transcript = Transcript.Parse("inline", """
            {
              "name": "wrong",
              "steps": [
                { "connect": "a", "as": "${run}" },
                { "on": "a", "send": { "ping": { "nonce": 5 } } },
                { "on": "a", "expect": { "pong": { "nonce": 6 } } }
              ]
            }
            """).Single();

        var failure = await Assert.ThrowsAsync<TranscriptFailedException>(
            async () => await new TranscriptRunner(host, Impatient).RunAsync(transcript));

        Assert.That(failure!.Message, Does.Contain("step 3 of 3").And.Contain("""{"on":"a","expect":{"pong":{"nonce":6}}}""")
            .And.Contain("pong.nonce is \"5\" and not 6")
            .And.Contain("""a → {"ping":{"nonce":"5"}}""").And.Contain("""a ← {"pong":{"nonce":"5"}}"""));
    }

    private static TestCaseData Fault(
        string name, string transcript, string message, Func<Frame, IEnumerable<Frame>> distort) =>
        new(transcript, message, distort) { TestName = $"Host_fails_that_{name}" };

    private static Transcript Find(string name) => Transcript.All.Single(one => one.Name == name);

    private static Func<Frame, IEnumerable<Frame>> Acks(Action<Ack> change) => frame => Changed(frame, frame.Ack, change);

    private static Func<Frame, IEnumerable<Frame>> Messages(Action<Message> change) =>
        frame => Changed(frame, frame.Message, change);

    private static Func<Frame, IEnumerable<Frame>> Pages(Action<Page> change) =>
        frame => Changed(frame, frame.Page?.Messages.Count > 0 ? frame.Page : null, change);

    private static IEnumerable<Frame> Changed<T>(Frame frame, T? body, Action<T> change)
        where T : class
    {
        // The stored message itself is in the frame: change a copy.
        var copy = frame.Clone();
        var target = body is null ? null : (T)Frame.Descriptor.FindFieldByNumber((int)copy.BodyCase).Accessor.GetValue(copy);
        if (target is not null)
        {
            change(target);
        }

        return [copy];
    }

    private static IEnumerable<Frame> Grown(Frame frame) =>
        frame.Subscribed is null ? [frame] : [new Frame { Subscribed = new Subscribed { SessionId = new string('s', 2000) } }];

    private static void Replace(Page page, IEnumerable<Message> messages)
    {
        var replacement = messages.ToList();
        page.Messages.Clear();
        page.Messages.AddRange(replacement);
    }
}
