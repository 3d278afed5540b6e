using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

internal sealed class FetchTests : ClientFixture
{
    [Test]
    public async Task A_page_holds_what_the_server_says()
    {
        var client = Client();
        var page = client.FetchAsync("u", 9, 2, backward: true);
        var peer = await Server.WelcomeAsync();
        var fetch = (await peer.ReadAsync()).Fetch;
        Assert.That(
            fetch,
            Is.EqualTo(new Fetch { RequestId = fetch.RequestId, SessionId = "u", FromSequence = 9, Limit = 2, Backward = true }));
        await peer.SendAsync(Frames.Page(fetch, 3, 12, Frames.Stored("u", 8, "eight"), Frames.Stored("u", 9, "nine")));

        var result = await Within(page);
        Assert.That((result.FirstSequence, result.HeadSequence), Is.EqualTo((3UL, 12UL)));
        Assert.That(result.Messages.Select(message => message.Sequence), Is.EqualTo(new ulong[] { 8, 9 }));
        Assert.That(result.Messages[1].Payload.ToArray(), Is.EqualTo("nine"u8.ToArray()));
    }

    [Test]
    public async Task Four_are_asked_for_at_once_and_pages_are_matched_by_their_request()
    {
        var client = Client();
        var pages = Enumerable.Range(0, 6).Select(i => client.FetchAsync($"session-{i}").AsTask()).ToArray();
        var peer = await Server.WelcomeAsync();
        var fetches = new List<Fetch>();
        for (var i = 0; i < 4; i++)
            fetches.Add((await peer.ReadAsync()).Fetch);
        await peer.SendAsync(new Frame { Ping = new Ping { Nonce = 3 } });
        Assert.That((await peer.ReadAsync()).BodyCase, Is.EqualTo(Frame.BodyOneofCase.Pong), "a fifth would have come before");

        fetches.Reverse();
        foreach (var fetch in fetches)
            await peer.SendAsync(Frames.Page(fetch, 1, ulong.Parse(fetch.SessionId[8..]) + 1));
        for (var i = 0; i < 2; i++)
        {
            var fetch = (await peer.ReadAsync()).Fetch;
            await peer.SendAsync(Frames.Page(fetch, 1, ulong.Parse(fetch.SessionId[8..]) + 1));
        }
        var results = await Within(Task.WhenAll(pages));
        Assert.That(results.Select(page => page.HeadSequence), Is.EqualTo(new ulong[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public async Task A_fetch_without_an_answer_is_sent_again_after_a_loss()
    {
        var client = Client();
        var page = client.FetchAsync("u");
        var first = await Server.WelcomeAsync();
        await first.ReadAsync();
        first.Reset();
        var second = await Server.WelcomeAsync();
        await second.SendAsync(Frames.Page((await second.ReadAsync()).Fetch, 0, 0));
        Assert.That((await Within(page)).Messages, Is.Empty);
    }

    [Test]
    public async Task A_fetch_that_came_too_often_is_sent_again_in_time()
    {
        var time = new ManualTimeProvider();
        var client = Client(options => options.TimeProvider = time);
        var page = client.FetchAsync("u");
        var peer = await Server.WelcomeAsync();
        var fetch = (await peer.ReadAsync()).Fetch;
        await peer.SendAsync(new Frame
        {
            Error = new Error { Code = ErrorCode.RateLimited, RequestId = fetch.RequestId, RetryAfterMs = 300 },
        });
        await time.WaitForTimerAsync(wait => wait == TimeSpan.FromMilliseconds(300));
        time.Advance(TimeSpan.FromMilliseconds(300));
        await peer.SendAsync(Frames.Page((await peer.ReadAsync()).Fetch, 1, 1, Frames.Stored("u", 1)));
        Assert.That((await Within(page)).Messages, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_refusal_ends_that_fetch_alone()
    {
        var client = Client();
        var refused = client.FetchAsync("u").AsTask();
        var peer = await Server.WelcomeAsync();
        var fetch = (await peer.ReadAsync()).Fetch;
        await peer.SendAsync(new Frame { Error = new Error { Code = ErrorCode.DataLoss, RequestId = fetch.RequestId } });
        Assert.That((await FailureOf<WireRequestException>(refused)).Code, Is.EqualTo(ErrorCode.DataLoss));

        var page = client.FetchAsync("u");
        await peer.SendAsync(Frames.Page((await peer.ReadAsync()).Fetch, 0, 0));
        await Within(page);
    }

    [Test]
    public async Task Fetches_that_are_cancelled_leave_their_places_to_others()
    {
        var client = Client();
        using var cancellation = new CancellationTokenSource();
        var cancelled = Enumerable.Range(0, 6)
            .Select(_ => client.FetchAsync("u", cancellationToken: cancellation.Token).AsTask())
            .ToArray();
        var peer = await Server.WelcomeAsync();
        var fetches = new List<Fetch>();
        for (var i = 0; i < 4; i++)
            fetches.Add((await peer.ReadAsync()).Fetch);
        await cancellation.CancelAsync();
        foreach (var task in cancelled)
            await FailureOf<OperationCanceledException>(task);

        // The server has those four in hand: another is sent when it is done with one.
        var page = client.FetchAsync("u");
        await peer.SendAsync(Frames.Page(fetches[0], 0, 0));
        await peer.SendAsync(Frames.Page((await peer.ReadAsync()).Fetch, 1, 2));
        Assert.That((await Within(page)).HeadSequence, Is.EqualTo(2));
    }

    [Test]
    public void A_limit_out_of_range_is_refused_at_once()
    {
        var client = Client();
        Assert.That(async () => await client.FetchAsync("u", limit: 1001), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(async () => await client.FetchAsync("u", limit: -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
