using System.Text.RegularExpressions;

namespace Wire.Storage.Tests;

/// <summary>docs/reliability.md names the test for each promise; such a page is worth something only while they exist.</summary>
public sealed partial class ReliabilityPageTests
{
    [Test]
    public void Every_test_that_the_page_names_exists()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "reliability.md"));
        var named = TestName().Matches(page).Select(m => (EndToEnd: m.Groups[1].Success, Class: m.Groups[2].Value, Test: m.Groups[3].Value)).Distinct().ToList();
        Assert.That(named, Has.Count.GreaterThan(20));
        foreach (var (endToEnd, fixture, test) in named)
        {
            Assert.That(endToEnd ? IsInSource(fixture, test) : typeof(ReliabilityPageTests).Assembly.GetType($"Wire.Storage.Tests.{fixture}")?.GetMethod(test) is not null,
                Is.True, $"{fixture}.{test}");
        }
    }

    // Those run whole servers, and this project does not reference theirs.
    static bool IsInSource(string fixture, string test)
    {
        var file = Path.Combine(Root(), "tests", "Wire.EndToEnd", $"{fixture}.cs");
        return File.Exists(file) && File.ReadAllText(file).Contains($" {test}(", StringComparison.Ordinal);
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Wire.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Wire.sln was not found above the tests.");
        return folder.FullName;
    }

    [GeneratedRegex(@"`(EndToEnd\.)?(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();
}
