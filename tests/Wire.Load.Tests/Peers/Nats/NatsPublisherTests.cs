using System.Net;
using System.Text;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Peers.Nats;

namespace Wire.Load.Tests.Peers.Nats;

[TestFixture]
internal sealed class NatsPublisherTests
{
    private const string Info = "INFO {\"server_name\":\"n\"} \r\n";
    private const string Created = "MSG _INBOX.run-00000 1 19\r\n{\"did_create\":true}\r\n";

    private static readonly LoadPlan Plan = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        Protocol = new JetStreamProgram(isShared: false),
        Connections = 1,
        Depth = 3,
        Name = "run",
        Sessions = 1,
        PayloadBytes = 4,
    };

    [Test]
    public void A_stream_is_created_and_then_published_to()
    {
        var publisher = new JetStreamPublisher(Plan, 0, isShared: false);
        publisher.Open();
        var opening = Encoding.ASCII.GetString(Cuts.Sent(publisher));
        Assert.That(opening, Does.StartWith("CONNECT {").And.Contain("\r\nSUB _INBOX.run-00000 1\r\nPUB $JS.API.STREAM.CREATE.run-00000 _INBOX.run-00000 "));
        Assert.That(opening, Does.EndWith("{\"name\":\"run-00000\",\"subjects\":[\"run-00000\"],\"storage\":\"file\"}\r\n"));

        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(Info));
        Assert.That(Cuts.Sent(publisher), Is.Empty, "nothing before the stream is there");
        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(Created));
        Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Does.Match(@"^(PUB run-00000 _INBOX\.run-00000 4\r\n[\s\S]{4}\r\n){3}$"));
    }

    [Test]
    public void Acks_are_taken_wherever_the_bytes_are_cut()
    {
        var bytes = Encoding.ASCII.GetBytes(Acks("1}", "2}") + "PING\r\n" + Acks("3}"));
        foreach (var publisher in Cuts.Of(bytes, JetStream))
        {
            Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(3));
            Assert.That(publisher.Missing, Is.Null);
            Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Does.StartWith("PONG\r\nPUB "));
        }
    }

    [Test]
    public void A_stream_that_all_share_is_published_to_and_its_sequences_rise()
    {
        var publisher = new JetStreamPublisher(Plan, 0, isShared: true);
        publisher.Open();
        Assert.That(
            Encoding.ASCII.GetString(publisher.Configuration),
            Is.EqualTo("{\"name\":\"run\",\"subjects\":[\"run.*\"],\"storage\":\"file\"}"));
        Assert.That(Encoding.ASCII.GetString(Cuts.Sent(publisher)), Does.EndWith("\r\nSUB _INBOX.run-00000 1\r\nPING\r\n"), "it is there");
        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(Info + "PONG\r\n"));
        Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Does.Match(@"^(PUB run\.run-00000 _INBOX\.run-00000 4\r\n[\s\S]{4}\r\n){3}$"));

        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(AcksOf("run", "2}", "7}")));
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(2));
        Assert.That(
            () => Cuts.Feed(publisher, Encoding.ASCII.GetBytes(AcksOf("run", "7}"))),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("\"seq\":7"));
    }

    [TestCase("1}", "2}", null)]
    [TestCase("1}", "1}", "are not 1 to 2", Description = "one sequence for two")]
    [TestCase("1}", "3}", "are not 1 to 2", Description = "one for nobody")]
    public void The_sequences_of_a_stream_that_is_shared_are_checked_over_all_its_publishers(string first, string second, string? said)
    {
        var answers = new[] { first, second }.Select(sequence =>
        {
            var publisher = Ready(new JetStreamPublisher(Plan, 0, isShared: true), Info + "PONG\r\n");
            Cuts.Feed(publisher, Encoding.ASCII.GetBytes(AcksOf("run", sequence)));
            return publisher.Answers;
        }).ToList();
        Assert.That(
            () => WireProtocol.CheckSequences(answers),
            said is null ? Throws.Nothing : Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));
    }

    private static IEnumerable<TestCaseData> WrongAnswers()
    {
        yield return Case(Acks("2}"), "\"seq\":2").SetArgDisplayNames("one left out");
        yield return Case(Acks("1}", "1}"), "\"seq\":1").SetArgDisplayNames("the same twice");
        yield return Case(Acks("1,\"duplicate\": true}"), "duplicate").SetArgDisplayNames("a duplicate");
        yield return Case(Acks("1}").Replace("run-00000\",", "run-00001\",", StringComparison.Ordinal), "run-00001").SetArgDisplayNames("another stream");
        yield return Case(Message("{\"error\":{\"code\":503}}"), "503").SetArgDisplayNames("an error");
        yield return Case("-ERR 'Maximum Payload Violation'\r\n", "Maximum Payload").SetArgDisplayNames("the connection's error");
        yield return Case("PONG\r\n", "PONG").SetArgDisplayNames("an answer to nothing");
        yield return Case("MSG a 1 x\r\n", "no length").SetArgDisplayNames("no length");
        yield return Case(Acks("1}", "2}", "3}", "4}"), "1 publishes where 0").SetArgDisplayNames("more than were asked for");

        static TestCaseData Case(string answers, string said) => new(answers, said);
    }

    [TestCaseSource(nameof(WrongAnswers))]
    public void An_ack_that_is_wrong_ends_the_run(string answers, string said) => Assert.That(
        () => Cuts.Feed(JetStream(), Encoding.ASCII.GetBytes(answers)),
        Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));

    [Test]
    public void Without_JetStream_a_PONG_answers_the_batch_before_its_PING_wherever_the_bytes_are_cut()
    {
        const string Batch = @"(PUB run-00000 4\r\n[\s\S]{4}\r\n){3}PING\r\n";
        foreach (var publisher in Cuts.Of("PING\r\nPONG\r\n"u8.ToArray(), Core))
        {
            Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(3));
            Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Does.Match($"^PONG\\r\\n{Batch}$"));
        }

        Assert.That(
            () => Cuts.Feed(Core(), "PONG\r\nPONG\r\n"u8),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("PONG"));
    }

    private static string Acks(params string[] sequences) => AcksOf("run-00000", sequences);

    private static string AcksOf(string stream, params string[] sequences) =>
        string.Concat(sequences.Select(sequence => Message($"{{\"stream\":\"{stream}\", \"seq\":{sequence}")));

    private static string Message(string payload) => $"MSG _INBOX.run-00000 1  {payload.Length}\r\n{payload}\r\n";

    private static JetStreamPublisher JetStream() => Ready(new JetStreamPublisher(Plan, 0, isShared: false), Info + Created);

    private static NatsCorePublisher Core() => Ready(new NatsCorePublisher(Plan, 0), Info + "PONG\r\n");

    private static T Ready<T>(T publisher, string welcome)
        where T : LoadConnection
    {
        publisher.Open();
        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(welcome));
        Cuts.Sent(publisher);
        return publisher;
    }
}
