using System.Reflection;
using Microsoft.Extensions.Logging;
using Wire.Diagnostics;
using Wire.Storage;
using Wire.Transport;

namespace Wire.Host.Tests.Architecture;

public sealed class EventIdTests
{
    private static readonly (Assembly Assembly, int First)[] Ranges =
    [
        (typeof(EventIds).Assembly, 1000),
        (typeof(FasterMessageLog).Assembly, 2000),
        (typeof(TransportLimits).Assembly, 3000),
        (typeof(WireOptions).Assembly, 4000),
    ];

    [Test]
    public void No_id_is_given_twice()
    {
        var ids = typeof(EventIds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!).ToArray();
        Assert.That(ids, Is.Unique);
        Assert.That(ids, Is.Not.Empty);
    }

    [Test]
    public void Each_event_has_an_id_of_the_one_file_and_no_other_event_has_it()
    {
        var known = typeof(EventIds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!).ToHashSet();
        var used = new Dictionary<int, string>();
        foreach (var (assembly, _) in Ranges)
        {
            foreach (var (method, id) in Events(assembly))
            {
                Assert.That(known, Does.Contain(id), $"{method} has an id that is not in EventIds");
                Assert.That(used.TryAdd(id, method), Is.True, $"{method} and {used[id]} share {id}");
            }
        }
        Assert.That(used.Keys, Is.EquivalentTo(known), "ids that no event has");
    }

    [Test]
    public void Each_area_keeps_to_its_range()
    {
        foreach (var (assembly, first) in Ranges)
        {
            // The client lives in the engine's assembly, and has a range of its own.
            foreach (var (method, id) in Events(assembly))
                Assert.That(id, Is.InRange(first, first + 999).Or.InRange(5000, 5999), method);
        }
    }

    private static IEnumerable<(string Method, int Id)> Events(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        let attribute = method.GetCustomAttribute<LoggerMessageAttribute>()
        where attribute is not null
        select ($"{type.Name}.{method.Name}", attribute.EventId);
}
