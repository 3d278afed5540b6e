using System.Reflection;
using Wire.Sessions;
using Wire.Storage;
using Wire.Transport;

namespace Wire.Host.Tests.Architecture;

/// <summary>Dependencies point inward: what each package may know (docs/architecture.md).</summary>
public sealed class DependencyRuleTests
{
    private static readonly Assembly Engine = typeof(WireEngine).Assembly;
    private static readonly Assembly Transport = typeof(TransportLimits).Assembly;
    private static readonly Assembly Storage = typeof(FasterMessageLog).Assembly;
    private static readonly Assembly Host = typeof(WireOptions).Assembly;

    private static IEnumerable<TestCaseData> Rules()
    {
        yield return new TestCaseData(Engine, Array.Empty<string>(), new[] { "Microsoft.AspNetCore", "FASTER", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.DependencyInjection" });
        yield return new TestCaseData(Transport, new[] { "Wire" }, new[] { "FASTER" });
        yield return new TestCaseData(Storage, new[] { "Wire" }, new[] { "Microsoft.AspNetCore" });
        yield return new TestCaseData(Host, new[] { "Wire", "Wire.Transport", "Wire.Storage" }, new[] { "FASTER" });
    }

    [TestCaseSource(nameof(Rules))]
    public void A_package_knows_only_what_it_may(Assembly assembly, string[] mayKnow, string[] mustNotKnow)
    {
        var known = assembly.GetReferencedAssemblies().Select(reference => reference.Name!).ToArray();
        Assert.That(known.Where(name => name == "Wire" || name.StartsWith("Wire.", StringComparison.Ordinal)), Is.SubsetOf(mayKnow));
        foreach (var prefix in mustNotKnow)
            Assert.That(known, Has.None.StartsWith(prefix), $"{assembly.GetName().Name} must not know {prefix}");
    }

    [Test]
    public void The_rules_look_at_assemblies_that_know_something()
        => Assert.That(Host.GetReferencedAssemblies().Select(reference => reference.Name), Is.SupersetOf(new[] { "Wire", "Wire.Transport", "Wire.Storage" }));
}
