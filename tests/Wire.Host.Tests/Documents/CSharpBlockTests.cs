using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Wire.Documents;

namespace Wire.Host.Tests.Documents;

/// <summary>
/// Every block of C# in the documents compiles against the packages as they are. A block with <c>using</c> lines is a program
/// and stands for itself; any other one goes on from a program that has what <see cref="Surroundings"/> declares.
/// </summary>
public sealed class CSharpBlockTests
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Net.Http.Json;
        global using System.Threading;
        global using System.Threading.Tasks;
        global using Microsoft.AspNetCore.Builder;
        global using Microsoft.AspNetCore.Hosting;
        global using Microsoft.AspNetCore.Http;
        global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration;
        global using Microsoft.Extensions.DependencyInjection;
        global using Microsoft.Extensions.Hosting;
        global using Microsoft.Extensions.Logging;
        """;

    // What a reader of a fragment has; a local of the fragment's own takes its place.
    private const string Surroundings = """
        global using System.Text;
        global using Wire.Client;
        global using Wire.Host;
        global using Wire.Protocol;
        global using static Surroundings;

        internal static class Surroundings
        {
            public static WebApplicationBuilder builder => null!;
            public static WebApplication app => null!;
            public static WireClient client => null!;
            public static CancellationToken cancellationToken => default;
        }
        """;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file)),
    ];

    private static IEnumerable<CodeBlock> Blocks() => CodeBlock.All().Where(block => block.Language == "csharp");

    [TestCaseSource(nameof(Blocks))]
    public void A_block_of_CSharp_compiles(object block) => Assert.That(Errors(((CodeBlock)block).Text), Is.Empty);

    [Test]
    public void Blocks_are_found_and_no_other_name_is_used_for_their_language()
    {
        Assert.That(Blocks().Select(block => block.Document), Is.SupersetOf(new[] { "README.md", "docs/client.md", "docs/operations.md" }));
        Assert.That(CodeBlock.All().Select(block => block.Language), Has.None.AnyOf("cs", "c#", "C#", "CSharp"));
    }

    [TestCase("await client.PublishAsync(7);")]
    [TestCase("builder.Services.AddWires();")]
    [TestCase("using Wire.Host;\nbuilder.Services.AddWire();", Description = "a program has no surroundings")]
    [TestCase("string? text = null; Console.WriteLine(text.Length);", Description = "warnings count")]
    public void What_does_not_compile_is_an_error(string text) => Assert.That(Errors(text), Is.Not.Empty);

    [TestCase("var client = 7; Console.WriteLine(client + 1);")]
    [TestCase("await client.PublishAsync(\"room-1\", Encoding.UTF8.GetBytes(\"x\"));")]
    public void A_fragment_has_its_surroundings_and_may_have_its_own(string text) => Assert.That(Errors(text), Is.Empty);

    private static IEnumerable<string> Errors(string text)
    {
        var parse = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var program = CSharpSyntaxTree.ParseText(text, parse);
        var isProgram = ((CompilationUnitSyntax)program.GetRoot()).Usings.Count > 0;
        var compilation = CSharpCompilation.Create(
            "Block",
            [
                program,
                CSharpSyntaxTree.ParseText(ImplicitUsings, parse),
                .. isProgram ? Array.Empty<SyntaxTree>() : [CSharpSyntaxTree.ParseText(Surroundings, parse)],
            ],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning)
            .Select(diagnostic => diagnostic.ToString());
    }
}
