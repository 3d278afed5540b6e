using System.Text.Json.Nodes;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Runner;

namespace Wire.Conformance.SelfTests;

[TestFixture]
public sealed class TranscriptFormatTests
{
    private static readonly Dictionary<string, string> Bad = new()
    {
        ["a step that is none"] = """{ "sendd": {}, "on": "a" }""",
        ["a member that the step does not have"] = """{ "on": "a", "send": { "ping": {} }, "time": 3 }""",
        ["a connection that is not open"] = """{ "on": "b", "send": { "ping": {} } }""",
        ["a connection that is open already"] = """{ "connect": "a", "as": "x" }""",
        ["a variable without a value"] = """{ "on": "a", "send": { "ping": { "nonce": "$none" } } }""",
        ["a field that the frame does not have"] = """{ "on": "a", "send": { "ping": { "number": 1 } } }""",
        ["a body that there is not"] = """{ "on": "a", "send": { "pang": {} } }""",
        ["two bodies in a pattern"] = """{ "on": "a", "expect": { "ping": {}, "pong": {} } }""",
        ["acknowledgements of no session"] = """{ "on": "a", "expectAcks": { "upTo": 1 } }""",
    };

    private static IEnumerable<string> BadSteps => Bad.Keys;

    private static IEnumerable<TestCaseData> FrameVectors => VectorTranscripts.Vectors["frames"]!.AsArray()
        .Concat(VectorTranscripts.Vectors["unusual"]!.AsArray())
        .Select(one => new TestCaseData(one) { TestName = $"Vector {one!["name"]}" });

    [TestCaseSource(nameof(BadSteps))]
    public async Task A_wrong_step_is_said_to_be_one(string which)
    {
        await using var host = new ReferenceHost();
        var transcript = Transcript.Parse(
            "inline", $$"""{ "name": "bad", "steps": [ { "connect": "a", "as": "${run}" }, {{Bad[which]}} ] }""").Single();

        await Assert.ThatAsync(
            async () => await new TranscriptRunner(host).RunAsync(transcript),
            Throws.TypeOf<TranscriptFormatException>().With.Message.Contains("step 2 of 2"));
    }

    [TestCase("[")]
    [TestCase("7")]
    [TestCase("""{ "steps": [] }""")]
    [TestCase("""{ "name": "x" }""")]
    [TestCase("""{ "name": "x", "steps": [], "step": [] }""")]
    public void A_file_that_holds_no_dialogue_is_said_to_be_one(string text) =>
        Assert.That(() => Transcript.Parse("inline", text), Throws.TypeOf<TranscriptFormatException>());

    [Test]
    public void Transcripts_have_names_of_their_own()
    {
        Assert.That(Transcript.All, Has.Count.GreaterThan(60));
        Assert.That(Transcript.All.Select(one => one.Name), Is.Unique);
    }

    [TestCaseSource(nameof(FrameVectors))]
    public void A_vectors_bytes_and_its_JSON_are_one_frame(JsonNode vector)
    {
        var bytes = new MemoryStream(Convert.FromHexString(vector["hex"]!.GetValue<string>()));
        var frame = FrameJson.Parse(vector["frame"]!);

        var parsed = Wire.Protocol.Frame.Parser.ParseDelimitedFrom(bytes);

        // "unusual" may hold fields that the contract does not know: they are skipped, not lost, so compare without them.
        Assert.That(JsonFormatter.Default.Format(parsed), Is.EqualTo(JsonFormatter.Default.Format(frame)));
        Assert.That(bytes.Position, Is.EqualTo(bytes.Length));
    }
}
