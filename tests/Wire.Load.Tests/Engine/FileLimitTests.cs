using NUnit.Framework;
using Wire.Load.Engine;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class FileLimitTests
{
    private const string Title = "Limit                     Soft Limit           Hard Limit           Units     ";

    [TestCase("Max open files            1024                 20000                files     ", 20000)]
    [TestCase("Max open files            unlimited            unlimited            files     ", null)]
    [TestCase("Max processes             1024                 20000                processes ", null)]
    public void The_limit_is_what_the_system_may_raise_it_to(string line, int? files) =>
        Assert.That(FileLimit.Parse([Title, line]), Is.EqualTo(files));

    [Test]
    public void Too_many_connections_are_refused_with_what_would_help() => Assert.That(
        () => FileLimit.Check(19_801, files: 20_000, "the client: raise it"),
        Throws.TypeOf<LoadFailureException>().With.Message.EqualTo(
            "A process may open 20000 files here, so 19801 connections and 200 files beside them are too many for the client: raise it."));

    [TestCase(1_000, 0, 1, 1_000)]
    [TestCase(1_001, 0, 2, 501)]
    [TestCase(3, 1_000, 2, 2_002, Description = "a follower is in the process of its publisher")]
    public void A_process_has_whole_publishers_with_all_who_follow_them(int publishers, int followers, int processes, long most) =>
        Assert.That(FileLimit.MostOfOne(publishers, followers, processes), Is.EqualTo(most));

    [TestCase(1, 1)]
    [TestCase(4_000, 1)]
    [TestCase(4_001, 2)]
    [TestCase(10_000, 3)]
    public void Connections_that_take_a_part_of_a_source_address_take_it_from_others(int connections, int addresses) =>
        Assert.That(LoadEngine.SourceAddressesOf(connections), Is.EqualTo(addresses));

    [TestCase(19_800, 20_000)]
    [TestCase(19_801, null)]
    public void As_many_as_there_is_room_for_are_not(long connections, int? files) =>
        Assert.That(() => FileLimit.Check(connections, files, "any"), Throws.Nothing);
}
