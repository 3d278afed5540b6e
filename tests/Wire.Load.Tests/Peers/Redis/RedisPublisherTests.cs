using System.Net;
using System.Text;
using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Peers.Redis;

namespace Wire.Load.Tests.Peers.Redis;

[TestFixture]
internal sealed class RedisPublisherTests
{
    private const string Pong = "+PONG\r\n";

    private static readonly LoadPlan Plan = new()
    {
        EndPoint = new IPEndPoint(IPAddress.Loopback, 1),
        Protocol = new RedisProgram("always"),
        Connections = 2,
        Depth = 3,
        Name = "run",
        Sessions = 2,
        PayloadBytes = 3,
    };

    [Test]
    public void Entries_are_added_to_the_connections_own_stream_once_the_server_has_answered()
    {
        var publisher = new RedisPublisher(Plan, 1);
        publisher.Open();
        Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Is.EqualTo("*1\r\n$4\r\nPING\r\n"));
        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(Pong));

        const string Entry = @"\*5\r\n\$4\r\nXADD\r\n\$9\r\nrun-00001\r\n\$1\r\n\*\r\n\$1\r\np\r\n\$3\r\n[\s\S]{3}\r\n";
        Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Does.Match($"^({Entry}){{3}}$"));
        Cuts.Feed(publisher, "$15\r\n1700000000000-0\r\n$15\r\n1700000000000-1\r\n"u8);
        Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(2));
        Assert.That(Encoding.Latin1.GetString(Cuts.Sent(publisher)), Does.Match($"^({Entry}){{2}}$"));
    }

    [Test]
    public void Answers_are_taken_wherever_the_bytes_are_cut()
    {
        foreach (var publisher in Cuts.Of("$15\r\n1700000000000-0\r\n$16\r\n1700000000000-10\r\n$15\r\n1700000000001-0\r\n"u8.ToArray(), Ready))
        {
            Assert.That(publisher.Window.Complete(0, null), Is.EqualTo(3));
            Assert.That(publisher.Missing, Is.Null);
        }
    }

    [TestCase("-ERR full\r\n", "-ERR full")]
    [TestCase("+OK\r\n", "+OK")]
    [TestCase("$3\r\n5-1\r\n$3\r\n5-1\r\n", "'5-1' after (5, 1)")]
    [TestCase("$3\r\n5-1\r\n$3\r\n4-2\r\n", "'4-2' after (5, 1)")]
    [TestCase("$1\r\n5\r\n", "id '5'")]
    [TestCase("$4\r\n5-1x\r\n", "id '5-1x'")]
    [TestCase("$-1\r\n", "no length")]
    [TestCase("HTTP/1.1 400\r\n", "no reply of Redis")]
    [TestCase("$3\r\n5-1\r\n$3\r\n5-2\r\n$3\r\n5-3\r\n$3\r\n5-4\r\n", "1 publishes where 0 were unanswered")]
    public void An_answer_that_is_wrong_ends_the_run(string answers, string said) => Assert.That(
        () => Cuts.Feed(Ready(), Encoding.ASCII.GetBytes(answers)),
        Throws.TypeOf<LoadFailureException>().With.Message.Contains(said));

    private static RedisPublisher Ready()
    {
        var publisher = new RedisPublisher(Plan, 0);
        publisher.Open();
        Cuts.Feed(publisher, Encoding.ASCII.GetBytes(Pong));
        Cuts.Sent(publisher);
        return publisher;
    }
}
