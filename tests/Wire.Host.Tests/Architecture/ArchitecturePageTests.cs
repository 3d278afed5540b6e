using System.Reflection;
using System.Text.RegularExpressions;

namespace Wire.Host.Tests.Architecture;

/// <summary>docs/architecture.md names the types of a publish's life; such pages go stale unless something holds them.</summary>
public sealed partial class ArchitecturePageTests
{
    private static readonly Assembly[] Assemblies =
    [
        Assembly.Load("Wire"), Assembly.Load("Wire.Transport"), Assembly.Load("Wire.Storage"), Assembly.Load("Wire.Host"),
    ];

    [Test]
    public void Every_step_of_a_publish_names_types_that_exist()
    {
        var steps = Steps();
        Assert.That(steps, Has.Count.GreaterThanOrEqualTo(8), "the numbered steps of the page");
        var types = Assemblies.SelectMany(assembly => assembly.GetTypes()).Select(type => type.Name.Split('`')[0]).ToHashSet(StringComparer.Ordinal);
        using (Assert.EnterMultipleScope())
        {
            foreach (var (number, text) in steps)
            {
                var named = TypeName().Matches(text).Select(match => match.Groups[1].Value).ToList();
                Assert.That(named, Is.Not.Empty, $"step {number} names no type");
                Assert.That(named.Where(name => !types.Contains(name)), Is.Empty, $"step {number} names types that do not exist");
            }
        }
    }

    [Test]
    public void Every_type_named_elsewhere_on_the_page_exists()
    {
        var types = Assemblies.SelectMany(assembly => assembly.GetTypes()).Select(type => type.Name.Split('`')[0]).ToHashSet(StringComparer.Ordinal);
        var named = TypeName().Matches(Page()).Select(match => match.Groups[1].Value).Distinct();
        Assert.That(named.Where(name => !types.Contains(name)), Is.Empty);
    }

    private static string Page() => File.ReadAllText(RepositoryFiles.Of("Docs", "architecture.md"));

    private static List<(int Number, string Text)> Steps() =>
        [.. Step().Matches(Page()).Select(match => (int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), match.Groups[2].Value))];

    // A word in backticks that begins with a capital and holds a small letter: a type, not an enum value of the protocol.
    [GeneratedRegex(@"`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)`")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"^(\d+)\. (.*?)(?=^\d+\. |^A batch passes|^## )", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();
}
