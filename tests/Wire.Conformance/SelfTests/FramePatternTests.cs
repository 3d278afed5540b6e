using System.Text.Json.Nodes;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Runner;
using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

[TestFixture]
public sealed class FramePatternTests
{
    private static readonly Frame Ack = new()
    {
        Ack = new Ack { SessionId = "s", PublishId = 640, Sequence = ulong.MaxValue, Count = 64, Durability = Durability.Disk },
    };

    private static readonly Frame Message = new()
    {
        Message = new Message { SessionId = "s", Sequence = 3, Payload = ByteString.CopyFromUtf8("好"), Kind = (PayloadKind)77 },
    };

    private static readonly Frame Page = new()
    {
        Page = new Page { RequestId = 5, Messages = { new Message { Sequence = 1 }, new Message { Sequence = 2 } } },
    };

    private static IEnumerable<TestCaseData> Patterns()
    {
        yield return Pattern(Ack, """{ "ack": {} }""", true);
        yield return Pattern(Ack, """{ "pong": {} }""", false);
        yield return Pattern(Ack, """{ "ack": { "publish_id": 640, "count": "64" } }""", true);
        yield return Pattern(Ack, """{ "ack": { "publish_id": 641 } }""", false);
        yield return Pattern(Ack, """{ "ack": { "sequence": "18446744073709551615" } }""", true);
        yield return Pattern(Ack, """{ "ack": { "sequence": { "$gt": "18446744073709551614" } } }""", true);
        yield return Pattern(Ack, """{ "ack": { "count": { "$gt": 64 } } }""", false);
        yield return Pattern(Ack, """{ "ack": { "count": { "$ge": 64, "$le": 64, "$lt": 65 } } }""", true);
        yield return Pattern(Ack, """{ "ack": { "duplicate": false, "durability": "DURABILITY_DISK" } }""", true);
        yield return Pattern(Ack, """{ "ack": { "duplicate": "$absent", "session_id": "$present" } }""", true);
        yield return Pattern(Ack, """{ "ack": { "count": "$absent" } }""", false);
        yield return Pattern(Ack, """{ "ack": { "duplicate": "$present" } }""", false);
        yield return Pattern(Ack, """{ "ack": { "publish_id": "$known" } }""", true);
        yield return Pattern(Ack, """{ "ack": { "publish_id": "$known+1" } }""", false);
        yield return Pattern(Ack, """{ "ack": { "publish_id": { "$not": "$known" } } }""", false);
        yield return Pattern(Ack, """{ "ack": { "publish_id": "$new", "count": "$new" } }""", false);
        yield return Pattern(Ack, """{ "ack": { "no_such_field": 1 } }""", false);
        yield return Pattern(Message, """{ "message": { "payload": { "$utf8": "好" }, "kind": 77, "finish": "FINISH_COMPLETE" } }""", true);
        yield return Pattern(Message, """{ "message": { "payload": { "$bytes": 3 } } }""", false);
        yield return Pattern(Message, """{ "message": { "channel": "$absent", "kind": 78 } }""", false);
        yield return Pattern(Page, """{ "page": { "messages": [ { "sequence": 1 }, { "sequence": 2 } ] } }""", true);
        yield return Pattern(Page, """{ "page": { "messages": [ { "sequence": 1 } ] } }""", false);
        yield return Pattern(Page, """{ "page": { "messages": { "$count": 2, "$first": { "sequence": 1 }, "$last": { "sequence": 2 } } } }""", true);
        yield return Pattern(Page, """{ "page": { "messages": { "$count": 3 } } }""", false);
        yield return Pattern(Page, """{ "page": { "messages": { "$last": { "sequence": 1 } } } }""", false);
    }

    [TestCaseSource(nameof(Patterns))]
    public void Pattern_is_compared(Frame frame, string pattern, bool matches)
    {
        var variables = new Variables();
        variables.Set("known", "640");

        var difference = new FramePattern(JsonNode.Parse(pattern)!.AsObject(), variables).Match(frame, variables);

        Assert.That(difference, matches ? Is.Null : Is.Not.Null);
    }

    [Test]
    public void A_variable_takes_its_value_only_from_a_frame_that_matches()
    {
        var variables = new Variables();
        var wrong = new FramePattern(JsonNode.Parse("""{ "ack": { "sequence": "$x", "count": 1 } }""")!.AsObject(), variables);
        var right = new FramePattern(JsonNode.Parse("""{ "ack": { "publish_id": "$x", "count": 64 } }""")!.AsObject(), variables);

        Assert.That(wrong.Match(Ack, variables), Is.Not.Null);
        Assert.That(variables.TryGet("x", out _), Is.False);
        Assert.That(right.Match(Ack, variables), Is.Null);
        Assert.That(variables.Text("$x+2"), Is.EqualTo("642"));
    }

    [TestCase("""{ "ack": { "session_id": "s" } }""", true)]
    [TestCase("""{ "ack": { "session_id": "t" } }""", false)]
    [TestCase("""{ "ack": {} }""", true)]
    [TestCase("""{ "error": { "session_id": "s", "publish_id": 641 } }""", true)]
    [TestCase("""{ "error": { "session_id": "s", "fatal": true } }""", false)]
    [TestCase("""{ "error": { "request_id": 7 } }""", false)]
    [TestCase("""{ "message": { "session_id": "s" } }""", false)]
    public void An_Ack_is_next_in_the_stream_of_its_session(string pattern, bool belongs)
    {
        var next = new FramePattern(JsonNode.Parse(pattern)!.AsObject(), new Variables());

        Assert.That(next.Belongs(Ack), Is.EqualTo(belongs));
    }

    private static TestCaseData Pattern(Frame frame, string pattern, bool matches) =>
        new(frame, pattern, matches) { TestName = $"{pattern} {(matches ? "matches" : "does not match")}" };
}
