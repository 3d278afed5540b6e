using System.Globalization;
using System.Reflection;

namespace Wire.Documents;

/// <summary>A fenced block of a document of the repository.</summary>
/// <param name="Document">The document, from the repository's root on.</param>
/// <param name="Line">The line of its first line, from 1.</param>
/// <param name="Language">What stands behind the fence; "" for nothing.</param>
/// <param name="Text">The lines between the fences.</param>
internal sealed record CodeBlock(string Document, int Line, string Language, string Text)
{
    private const string Fence = "```";

    /// <summary>The repository's root, from where the tests were built.</summary>
    public static string Root { get; } = Path.GetFullPath(
        typeof(CodeBlock).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Root").Value!);

    /// <summary>The documents for users and contributors, from the root on.</summary>
    public static IReadOnlyList<string> Documents { get; } =
    [
        "README.md",
        "CONTRIBUTING.md",
        .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(file => $"docs/{Path.GetFileName(file)}").Order(StringComparer.Ordinal),
    ];

    public static IEnumerable<CodeBlock> All() => Documents.SelectMany(document => Of(document, File.ReadAllLines(Path.Combine(Root, document))));

    public static IEnumerable<CodeBlock> Of(string document, IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].TrimStart().StartsWith(Fence, StringComparison.Ordinal))
                continue;
            var language = lines[i].Trim()[Fence.Length..];
            var first = i + 1;
            for (i = first; i < lines.Count && lines[i].Trim() != Fence; i++)
            {
            }
            if (i == lines.Count)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{document}, line {first}: the block has no end."));
            yield return new CodeBlock(document, first + 1, language, string.Join('\n', lines.Skip(first).Take(i - first)));
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Document}, line {Line}");
}
