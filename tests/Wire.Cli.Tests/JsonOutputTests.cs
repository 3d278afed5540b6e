using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Cli.Tests;

/// <summary>What <c>--json</c> prints: one object a line, and nothing else on standard output.</summary>
internal sealed class JsonOutputTests
{
    private HonestServer _server = null!;

    [SetUp]
    public void Start() => _server = new HonestServer();

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Publish_says_what_became_of_each_line()
    {
        var lines = await LinesAsync("publish room-1 --client-id me", "one\ntwo\n");
        Assert.That(lines.Select(line => line.GetProperty("sequence").GetUInt64()), Is.EqualTo(new[] { 1UL, 2UL }));
        Assert.That(lines[1].GetProperty("publishId").GetUInt64(), Is.GreaterThan(lines[0].GetProperty("publishId").GetUInt64()));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines[0].GetProperty("sessionId").GetString(), Is.EqualTo("room-1"));
            Assert.That(lines[0].GetProperty("duplicate").GetBoolean(), Is.False);
            Assert.That(lines[0].GetProperty("durability").GetString(), Is.EqualTo("Disk"));
        }
    }

    [TestCase("history room-1 --from 1")]
    [TestCase("tail room-1 --from 1 --count 2")]
    public async Task Stored_messages_are_objects(string command)
    {
        await LinesAsync("publish room-1 早上好 --client-id agent-7");
        await LinesAsync("publish room-1 two --client-id visitor-7");
        var lines = await LinesAsync(command);
        Assert.That(lines, Has.Count.EqualTo(2));
        var first = lines[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.GetProperty("sessionId").GetString(), Is.EqualTo("room-1"));
            Assert.That(first.GetProperty("sequence").GetUInt64(), Is.EqualTo(1));
            Assert.That(first.GetProperty("id").GetString(), Is.EqualTo("1"));
            Assert.That(first.GetProperty("sender").GetString(), Is.EqualTo("agent-7"));
            Assert.That(first.GetProperty("role").GetString(), Is.EqualTo("Agent"));
            Assert.That(first.GetProperty("kind").GetString(), Is.EqualTo("Text"));
            Assert.That(first.GetProperty("text").GetString(), Is.EqualTo("早上好"));
            Assert.That(first.TryGetProperty("payload", out _), Is.False);
            Assert.That(
                DateTimeOffset.Parse(first.GetProperty("timestamp").GetString()!, CultureInfo.InvariantCulture), Is.EqualTo(DateTimeOffset.UnixEpoch));
            Assert.That(lines[1].GetProperty("text").GetString(), Is.EqualTo("two"));
        }
    }

    [Test]
    public async Task What_is_no_text_is_whole_in_base64_and_nothing_steers_the_terminal()
    {
        byte[] noText = [0xC3, 0x28];
        await LinesAsync("publish room-1", "1\n2\n3\n4\n");
        _server.History = stored =>
        {
            stored[0].Payload = ByteString.CopyFrom(noText);
            stored[1].Kind = PayloadKind.Image;
            stored[2].Payload = ByteString.CopyFromUtf8("a\u001b[2Jb\u009b2J\n\u007fc");
            return stored;
        };
        var (_, output, _) = await Tool.RunAsync($"history room-1 --from 1 --json --port {_server.Port}");
        var lines = Parse(output);
        Assert.That(lines[0].GetProperty("payload").GetBytesFromBase64(), Is.EqualTo(noText));
        Assert.That(lines[1].GetProperty("payload").GetBytesFromBase64(), Is.EqualTo("2"u8.ToArray()));
        Assert.That(lines[1].TryGetProperty("text", out _), Is.False);
        Assert.That(lines[2].GetProperty("text").GetString(), Is.EqualTo("a\u001b[2Jb\u009b2J\n\u007fc"));
        Assert.That(output.Replace("\r", "", StringComparison.Ordinal).Where(char.IsControl).Distinct(), Is.EqualTo(new[] { '\n' }));
    }

    [Test]
    public async Task A_refused_publish_ends_with_1_and_prints_no_object()
    {
        _server.Refusal = ErrorCode.StorageUnavailable;
        var (exitCode, output, error) = await Tool.RunAsync($"publish room-1 x --json --port {_server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Failure));
        Assert.That(output, Is.Empty);
        Assert.That(error, Does.StartWith("wire: "));
    }

    [Test]
    public async Task Load_is_one_report()
    {
        var (exitCode, output, error) = await Tool.RunAsync($"load --connections 2 --depth 4 --duration 1 --warm-up 0 --json --port {_server.Port}");
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        using var report = JsonDocument.Parse(output);
        Assert.That(report.RootElement.ValueKind, Is.EqualTo(JsonValueKind.Object));
    }

    private static List<JsonElement> Parse(string output)
        => [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    private async Task<List<JsonElement>> LinesAsync(string command, string input = "")
    {
        var (exitCode, output, error) = await Tool.RunAsync($"{command} --json --port {_server.Port}", input);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Ok), error);
        return Parse(output);
    }
}
