using System.Text;
using NUnit.Framework;
using Wire.Load.Engine;

namespace Wire.Load.Tests.Engine;

[TestFixture]
internal sealed class SessionNamesTests
{
    private static readonly SessionNames Names = new("run-1-", digits: 5, first: 3, step: 64, count: 100);

    [Test]
    public void Each_session_is_found_by_its_id_and_no_other_is()
    {
        for (var number = 0; number < 7_000; number++)
        {
            var place = number >= 3 && (number - 3) % 64 == 0 && number < 3 + (64 * 100) ? (number - 3) / 64 : -1;
            Assert.That(Names.Find(Encoding.UTF8.GetBytes($"run-1-{number:D5}")), Is.EqualTo(place), $"{number}");
            if (place >= 0)
                Assert.That(Names[place], Is.EqualTo($"run-1-{number:D5}"));
        }
    }

    [TestCase("run-1-3")]
    [TestCase("run-1-000003")]
    [TestCase("run-2-00003")]
    [TestCase("run-1-+0003")]
    [TestCase("run-1-0000x")]
    [TestCase("")]
    public void What_is_no_id_of_them_is_not_found(string id) => Assert.That(Names.Find(Encoding.UTF8.GetBytes(id)), Is.EqualTo(-1));

    [Test]
    public void Ids_of_different_lengths_are_refused() =>
        Assert.That(() => new SessionNames("s", digits: 2, first: 0, step: 50, count: 3), Throws.ArgumentException);

    [Test]
    public void The_sessions_of_all_publishers_are_all_there_are([Values(1, 5, 12, 100_001)] int sessions)
    {
        var plan = LoadRunTests.Plan with { Connections = 5, Sessions = sessions };
        var all = Enumerable.Range(0, plan.Connections).SelectMany(plan.SessionsOf).Distinct().ToList();
        Assert.That(all, Has.Count.EqualTo(sessions));
        Assert.That(all.Select(id => id.Length).Distinct().Count(), Is.EqualTo(1));
    }
}
