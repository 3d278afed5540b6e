using System.Text.RegularExpressions;

namespace Wire.Documents;

/// <summary>A command of ours, as a document or a help text gives it: what is piped, redirected or said behind it is cut off.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Program">Its first word.</param>
/// <param name="Arguments">The rest, as it would be typed.</param>
internal sealed partial record ShellCommand(string Place, string Program, string Arguments)
{
    /// <summary>Those of the documents: in blocks without a language or for a shell, and in the text between backticks.</summary>
    public static IEnumerable<ShellCommand> All()
        => CodeBlock.All().Where(block => block.Language is "" or "sh" or "bash").SelectMany(block => Of(block.ToString(), block.Text))
            .Concat(CodeBlock.Documents.SelectMany(document => Inline().Matches(File.ReadAllText(Path.Combine(CodeBlock.Root, document)))
                .SelectMany(match => Of(document, match.Groups[1].Value))));

    public static IEnumerable<ShellCommand> Of(string place, string text)
        => text.Split('\n').SelectMany(line => Command().Matches(line))
            .Select(match => new ShellCommand(place, match.Groups[1].Value, match.Groups[2].Value.Trim()));

    public override string ToString() => $"{Place}: {Program} {Arguments}";

    [GeneratedRegex(@"(?<![^\s(`])(wire|dotnet|\$load|benchmarks/\S*/Wire\.Load) +((?:(?! {2,}|[|>#&)]).)*)")]
    private static partial Regex Command();

    [GeneratedRegex("(?<!`)`([^`\n]+)`(?!`)")]
    private static partial Regex Inline();
}
