using System.Text;
using Google.Protobuf;
using Wire.Cli.Replay;
using Wire.Protocol;

namespace Wire.Cli.Tests;

internal sealed class ReplayTests
{
    private static readonly IReadOnlyList<Dialogue> Dialogues =
    [
        DialogueOf("one", 13),
        DialogueOf("two", 1),
        new Dialogue(
            "three",
            [TurnOf(Speaker.Agent, "welcome"), TurnOf(Speaker.Agent, "how may I help?"), TurnOf(Speaker.Visitor, "")]),
        DialogueOf("四", 24),
    ];

    private HonestServer _server = null!;

    // What a page of the session "one" may hold in place of the truth, each in a form that looks right from outside.
    private static IEnumerable<TestCaseData> Lies()
    {
        yield return Lie("loses a message", messages => messages.RemoveAt(4));
        yield return Lie("loses the first", messages => messages.RemoveAt(0));
        yield return Lie("loses the last", messages => messages.RemoveAt(messages.Count - 1));
        yield return Lie("loses all", messages => messages.Clear());
        yield return Lie("doubles a message", messages => messages.Insert(4, messages[4].Clone()));
        yield return Lie("doubles the last", messages => messages.Add(messages[^1].Clone()));
        yield return Lie("swaps two messages", messages => (messages[4], messages[5]) = (messages[5], messages[4]));
        yield return Lie("swaps two contents", messages
            => (messages[4].Payload, messages[6].Payload) = (messages[6].Payload, messages[4].Payload));
        yield return Lie("alters a letter", messages => messages[7].Payload = ByteString.CopyFromUtf8(
            messages[7].Payload.ToStringUtf8().Replace('t', 'T')));
        yield return Lie("cuts a message", messages => messages[7].Payload = ByteString.CopyFrom(messages[7].Payload.Span[..^1]));
        yield return Lie("gives a message to another sender", messages => messages[7].Sender = "somebody");
        yield return Lie("gives a message another role", messages => messages[7].Role = Role.Bot);
        yield return Lie("gives a message another id", messages => messages[7].PublishId = 70);

        static TestCaseData Lie(string name, Action<List<Message>> lie) => new TestCaseData(lie).SetArgDisplayNames(name);
    }

    [SetUp]
    public void Start() => _server = new HonestServer();

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task All_that_was_said_is_found_in_order_and_equal()
    {
        var report = await ReplayAsync();
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.AllEqual, Is.True);
        Assert.That(report.Lines().First(), Is.EqualTo("4 dialogues, 41 messages: all in order and equal"));
        Assert.That(report.PublishToAck.Count, Is.EqualTo(41));
        Assert.That(report.PublishToSeen.Count, Is.EqualTo(41));
        Assert.That(_server.Connections, Is.EqualTo(5), "two visitors, two agents, and who reads back");
    }

    [TestCaseSource(nameof(Lies))]
    public async Task A_server_that_lies_about_what_it_holds_is_reported(Action<List<Message>> lie)
    {
        _server.History = stored =>
        {
            var messages = stored.ToList();
            if (messages is [{ SessionId: "test/one" }, ..])
                lie(messages);
            for (var i = 0; i < messages.Count; i++)
                messages[i].Sequence = (ulong)i + 1;
            return messages;
        };
        var report = await ReplayAsync();
        Assert.That(report.AllEqual, Is.False);
        Assert.That(report.Faults, Is.Not.Empty.And.All.Contains("test/one"), "and the other sessions are equal");
        Assert.That(report.Lines().First(), Does.Contain("NOT all equal"));
    }

    [Test]
    public async Task A_server_that_lies_to_those_who_follow_is_reported()
    {
        _server.Delivery = message =>
        {
            if (message is { SessionId: "test/四", Sequence: 9 })
                message.Payload = ByteString.CopyFromUtf8("something else");
            return message;
        };
        var report = await ReplayAsync();
        Assert.That(report.AllEqual, Is.False);
        Assert.That(report.Faults, Has.Some.Contains("message 9 is 'something else'"));
    }

    [Test]
    public async Task A_server_that_skips_a_message_to_those_who_follow_is_reported()
    {
        _server.Delivery = message =>
        {
            if (message is { SessionId: "test/四", Sequence: 9 })
                message.Sequence = 10;
            return message;
        };
        var report = await ReplayAsync();
        Assert.That(report.AllEqual, Is.False);
        Assert.That(report.Faults, Has.Some.Contains("where 9 was due"));
    }

    [Test]
    public async Task A_server_that_answers_no_more_is_reported()
    {
        _server.Patience = 17;
        var report = await ReplayAsync(options => options with { Timeout = TimeSpan.FromMilliseconds(300) });
        Assert.That(report.AllEqual, Is.False);
        Assert.That(report.Faults, Has.Some.Contains("given up"));
    }

    [TestCase(2)]
    [TestCase(5)]
    public async Task Connections_that_break_again_and_again_lose_and_double_nothing(int publishes)
    {
        _server.BreaksEvery = publishes;
        var report = await ReplayAsync();
        Assert.That(report.Faults, Is.Empty);
        Assert.That(report.AllEqual, Is.True);
        Assert.That(report.LostConnections, Is.GreaterThan(0));
        Assert.That(report.StoredBefore, Is.GreaterThan(0));
    }

    [Test]
    public async Task The_same_replay_given_again_stores_nothing_twice()
    {
        await ReplayAsync();
        var again = await ReplayAsync();
        Assert.That(again.AllEqual, Is.True);
        Assert.That(again.StoredBefore, Is.EqualTo(41));
    }

    [Test]
    public void A_server_that_is_not_there_is_an_error_of_its_own()
    {
        _server.DisposeAsync().AsTask().Wait();
        Assert.That(() => ReplayAsync(), Throws.InstanceOf<CannotConnectException>());
    }

    private async Task<ReplayReport> ReplayAsync(Func<ReplayOptions, ReplayOptions>? configure = null)
    {
        var options = new ReplayOptions
        {
            Server = new ServerAddress("127.0.0.1", _server.Port),
            Prefix = "test",
            Connections = 2,
            Parallel = 3,
        };
        var run = new ReplayRun(configure?.Invoke(options) ?? options, Dialogues);
        return await run.RunAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));
    }

    private static Dialogue DialogueOf(string id, int turns) => new(
        id,
        [.. Enumerable.Range(0, turns).Select(i => TurnOf(i % 2 == 0 ? Speaker.Visitor : Speaker.Agent, $"{id}: turn {i}, 好的。"))]);

    private static Turn TurnOf(Speaker speaker, string text) => new(speaker, text, Encoding.UTF8.GetBytes(text));
}
