using System.Reflection;

namespace Wire.Host.Tests.PublicApi;

/// <summary>What users can name is in a file for each package, which a change of it has to change too.</summary>
public sealed class PublicApiTests
{
    private const string Accept = "WIRE_ACCEPT_API";

    [TestCase("Wire.Engine", "Wire")]
    [TestCase("Wire.Transport", "Wire.Transport")]
    [TestCase("Wire.Storage", "Wire.Storage")]
    [TestCase("Wire.Host", "Wire.Host")]
    public void The_public_surface_is_the_approved_one(string package, string assembly)
    {
        var file = RepositoryFiles.Of("PublicApi", $"{package}.txt");
        var actual = ApiListing.Of(Assembly.Load(assembly));
        if (Environment.GetEnvironmentVariable(Accept) == "1")
            File.WriteAllLines(file, actual);

        var approved = File.Exists(file) ? File.ReadAllLines(file) : [];
        var changes = Changes(approved, actual);
        if (changes.Count == 0)
            return;

        Assert.Fail($"""
            The public surface of {package} is not the approved one in tests/Wire.Host.Tests/PublicApi/{package}.txt:
            {string.Join(Environment.NewLine, changes)}
            Where it is meant to change, accept it, look at the difference, and say so in CHANGELOG.md:
              {Accept}=1 dotnet test tests/Wire.Host.Tests --filter PublicApiTests
            """);
    }

    [Test]
    public void A_listing_shows_what_a_user_can_name_and_nothing_else()
    {
        var lines = ApiListing.Of([typeof(Specimen<,>), typeof(Specimen<,>.Kinds), typeof(SpecimenRecord), typeof(SpecimenExtensions), typeof(SpecimenCall)]);
        Assert.That(lines, Is.EqualTo(new[]
        {
            "namespace Wire.Host.Tests.PublicApi",
            "",
            "abstract class Specimen<TKey, TValue> : Exception, IComparable<string> where TKey : struct where TValue : class?, IDisposable, new()",
            "    Specimen(string? text = null, TimeSpan wait = default)",
            "    protected Specimen(int hidden)",
            "    protected abstract TValue? Find(in TKey key, out int? found)",
            "    event EventHandler<string?>? Happened",
            "    int this[string key] { get; }",
            "    protected virtual int[] Items { get; private protected init; }",
            "    const long Limit = -5",
            "    required IReadOnlyDictionary<string, List<string?>?> Map { get; init; }",
            "    static Task<T[]?> RunAsync<T>(Func<T, CancellationToken, ValueTask> run, params string[] texts) where T : notnull",
            "    static Specimen<TKey, TValue>? operator +(Specimen<TKey, TValue> left, TimeSpan right)",
            "",
            "[Flags]",
            "enum Specimen<TKey, TValue>.Kinds : byte",
            "    One = 1",
            "    Two = 2",
            "    Three = 3",
            "",
            "delegate bool SpecimenCall(ref int x)",
            "",
            "static class SpecimenExtensions",
            "    [Obsolete]",
            "    static void Say(this string text, DayOfWeek day = DayOfWeek.Friday, string quoted = \"a\\\"b\")",
            "",
            "readonly record struct SpecimenRecord : IEquatable<SpecimenRecord>",
            "    SpecimenRecord(int Number, string Name)",
            "    string Name { get; init; }",
            "    int Number { get; init; }",
        }));
    }

    // In the order of both: what is gone and what is new, each line with its type where it is a member.
    private static List<string> Changes(string[] approved, List<string> actual)
    {
        var before = Qualified(approved);
        var after = Qualified(actual);
        return
        [
            .. before.Except(after, StringComparer.Ordinal).Select(line => $"  - {line}"),
            .. after.Except(before, StringComparer.Ordinal).Select(line => $"  + {line}"),
        ];
    }

    private static List<string> Qualified(IEnumerable<string> lines)
    {
        var result = new List<string>();
        var type = "";
        foreach (var line in lines)
        {
            if (line.StartsWith(' '))
            {
                result.Add($"{type} | {line.Trim()}");
            }
            else if (line.Length > 0)
            {
                type = line;
                result.Add(line);
            }
        }
        return result;
    }
}
