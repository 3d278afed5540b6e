using System.Text.RegularExpressions;

namespace Wire.Storage.Tests;

/// <summary>docs/reliability.md names the test for each promise; such a page is worth something only while they exist.</summary>
public sealed partial class ReliabilityPageTests
{
    [Test]
    public void Every_test_that_the_page_names_exists()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "reliability.md"));
        var named = TestName().Matches(page).Select(m => (Class: m.Groups[1].Value, Test: m.Groups[2].Value)).Distinct().ToList();
        Assert.That(named, Has.Count.GreaterThan(20));
        foreach (var (fixture, test) in named)
        {
            var type = typeof(ReliabilityPageTests).Assembly.GetType($"Wire.Storage.Tests.{fixture}");
            Assert.That(type?.GetMethod(test), Is.Not.Null, $"{fixture}.{test}");
        }
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Wire.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Wire.sln was not found above the tests.");
        return folder.FullName;
    }

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
