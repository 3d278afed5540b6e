using NUnit.Framework;
using Wire.EndToEnd.Hosts;

namespace Wire.EndToEnd;

/// <summary>Starts that must be refused, and say why.</summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class StartTests : EndToEndFixture
{
    [Test, CancelAfter(180_000)]
    public async Task A_second_host_on_the_same_folder_refuses_to_start_and_says_who_holds_it()
    {
        var first = await StartHostAsync();
        var second = NewHost(folder: first.Folder);
        second.Spawn();

        Assert.That(await second.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Not.Zero);
        Assert.That(second.Log.ToString(), Does.Contain($"{first.ProcessId}").And.Contain(first.DataFolder));

        await using var good = await GoodPeer.OpenAsync(first, "first", Cancelled);
        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(180_000)]
    public async Task A_folder_whose_host_was_killed_can_be_used_again()
    {
        var host = await StartHostAsync();
        await host.Kill9Async(Cancelled);
        await host.StartAsync(Cancelled);
        await using var good = await GoodPeer.OpenAsync(host, "again", Cancelled);
        await good.IsServedAsync(Cancelled);
    }

    [Test, CancelAfter(180_000)]
    public async Task Invalid_settings_stop_the_start_with_one_message_that_lists_them_all()
    {
        var wrong = new Dictionary<string, string>
        {
            ["Wire:NodeId"] = "1024",
            ["Wire:Storage:PageBytes"] = "1000",
            ["Wire:Storage:SegmentBytes"] = "-1",
            ["Wire:Limits:MaxFrameBytes"] = "0",
            ["Wire:Limits:PingInterval"] = "-00:00:01",
        };
        var host = NewHost(wrong);
        host.Spawn();

        Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Not.Zero);
        Assert.That(wrong.Keys.Where(key => !host.Log.ToString().Contains(key, StringComparison.Ordinal)), Is.Empty);
    }

    [TestCase("Wire:Storage:Durability", "Sometimes")]
    [TestCase("Wire:Tcp:Port", "many")]
    [TestCase("Wire:Tcp:Port", "70000")]
    [TestCase("Wire:Auth:Mode", "Nobody")]
    public async Task A_setting_that_is_no_value_stops_the_start_and_is_named(string key, string value)
    {
        var host = NewHost(new Dictionary<string, string> { [key] = value });
        host.Spawn();

        Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Not.Zero);
        Assert.That(host.Log.ToString(), Does.Contain(key));
    }

    [Test, CancelAfter(180_000)]
    public async Task A_largest_frame_that_no_page_can_hold_stops_the_start()
    {
        var host = NewHost(new Dictionary<string, string>
        {
            ["Wire:Limits:MaxFrameBytes"] = "1048576",
            ["Wire:Storage:PageBytes"] = "65536",
        });
        host.Spawn();

        Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Not.Zero);
        Assert.That(host.Log.ToString(), Does.Contain("Wire:Storage:PageBytes").And.Contain("Wire:Limits:MaxFrameBytes"));
    }
}
