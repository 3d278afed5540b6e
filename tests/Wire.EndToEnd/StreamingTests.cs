using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Wire.Client;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>The streaming sample: its reply grows before those who follow, from the beginning and from the middle on.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class StreamingTests : EndToEndFixture
{
    private const string Session = "stream/1";
    private const string Said = "a b c d e f g h i j k l m n o p q r s t";
    private const string Reply = "You said: " + Said + " ";

    [Test, CancelAfter(120_000)]
    public async Task A_reply_grows_before_two_followers_of_whom_one_joins_in_the_middle()
    {
        var host = await StartSampleAsync(delay: 50);
        await using var visitor = NewClient(host, "visitor");
        await using var late = NewClient(host, "agent-late");
        await late.ConnectAsync(Cancelled);

        var texts = new List<string>();
        var lateTexts = new List<string>();
        Task<ReceivedMessage>? lateFollowing = null;
        var following = FollowAsync(visitor, texts, text =>
        {
            if (text.EndsWith("e ", StringComparison.Ordinal))
                lateFollowing = FollowAsync(late, lateTexts, _ => { });
        });
        await visitor.PublishAsync(Session, Encoding.UTF8.GetBytes(Said), cancellationToken: Cancelled);
        var message = await following;
        var lateMessage = await lateFollowing!;

        foreach (var (shown, stored) in new[] { (texts, message), (lateTexts, lateMessage) })
        {
            Assert.That(Encoding.UTF8.GetString(stored.Payload.Span), Is.EqualTo(Reply));
            Assert.That((stored.Role, stored.Finish, stored.InReplyTo), Is.EqualTo((Role.Bot, Finish.Complete, 1UL)));
            Assert.That(shown, Is.All.Matches<string>(text => text is not null && Reply.StartsWith(text, StringComparison.Ordinal)), "what is shown is a beginning of the reply");
            Assert.That(shown.Zip(shown.Skip(1)), Is.All.Matches<(string, string)>(pair => pair.Item2.Length >= pair.Item1.Length));
            Assert.That(shown[^1], Is.EqualTo(Reply));
        }
        Assert.That(texts, Has.Count.GreaterThan(5));
        Assert.That(lateTexts[0], Does.StartWith("You said: a b c d e "), "who joins late is shown all that there is");
        Assert.That(lateTexts, Has.Count.GreaterThan(3));
    }

    [Test, CancelAfter(120_000)]
    public async Task The_tool_shows_a_reply_while_it_is_made()
    {
        var host = await StartSampleAsync(delay: 20);
        await using var visitor = NewClient(host, "visitor");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])["exec", PathOf("Wire.Cli"), "tail", Session, "--from", "1", "--replies", "--json", "--count", "2", "--port", $"{host.TcpPort}"])
            start.ArgumentList.Add(argument);
        using var tail = Process.Start(start)!;
        await visitor.PublishAsync(Session, Encoding.UTF8.GetBytes(Said), cancellationToken: Cancelled);

        var text = "";
        var messages = new List<string>();
        while (await tail.StandardOutput.ReadLineAsync(Cancelled) is { } line)
        {
            using var json = JsonDocument.Parse(line);
            if (!json.RootElement.TryGetProperty("replyId", out _))
                messages.Add(json.RootElement.GetProperty("text").GetString()!);
            else if (json.RootElement.GetProperty("isSnapshot").GetBoolean())
                text = json.RootElement.GetProperty("text").GetString()!;
            else
                text += json.RootElement.GetProperty("text").GetString();
        }
        await tail.WaitForExitAsync(Cancelled);
        Assert.That(tail.ExitCode, Is.Zero);
        Assert.That(messages, Is.EqualTo(new[] { Said, Reply }));
        Assert.That(text, Is.Not.Empty);
        Assert.That(text, Is.EqualTo(Reply[..text.Length]));
    }

    private async Task<HostProcess> StartSampleAsync(int delay)
    {
        var host = NewHost(new Dictionary<string, string> { ["Words:DelayMilliseconds"] = $"{delay}" }, assemblyPath: HostProcess.StreamingSamplePath);
        await host.StartAsync(Cancelled);
        return host;
    }

    // The reply as it was shown, and as it is stored; to the end of both.
    private static async Task<ReceivedMessage> FollowAsync(WireClient client, List<string> texts, Action<string> shown)
    {
        var message = default(ReceivedMessage);
        var isDone = false;
        await foreach (var update in client.FollowAsync(Session, 1, Cancelled))
        {
            if (update is ReplyUpdate reply)
            {
                texts.Add(reply.ApplyTo(texts.LastOrDefault()));
                isDone = reply.IsDone;
                shown(texts[^1]);
            }
            else if (update is MessageUpdate { Message: { Role: Role.Bot } stored })
            {
                message = stored;
            }
            if (message is not null && isDone)
                return message;
        }
        throw new AssertionException("the session ended before its reply");
    }

    private static WireClient NewClient(HostProcess host, string clientId) => new(new WireClientOptions { ClientId = clientId, Port = host.TcpPort });

    private static string PathOf(string key) => Path.GetFullPath(
        typeof(StreamingTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!);
}
