// Runs every test of the solution whose tools are present, and ends with what was skipped and why, and the totals.
//   dotnet run tests/run.cs [-- arguments for dotnet test]
#:property TargetFramework=net10.0
#:property PublishAot=false
using System.Diagnostics;
using System.Xml.Linq;

var root = FindRoot(Environment.CurrentDirectory);
var results = Path.Combine(root, "artifacts", "test-results");
if (Directory.Exists(results))
    Directory.Delete(results, recursive: true);

// One project at a time: the end-to-end tests start real servers and want the processors to themselves.
var start = new ProcessStartInfo("dotnet")
{
    WorkingDirectory = root,
    ArgumentList = { "test", "Wire.sln", "-c", "Release", "-m:1", "--nologo", "-v", "quiet", "--logger", "trx", "--results-directory", results,
        // Runs of minutes are asked for by name (CONTRIBUTING.md).
        "--filter", "TestCategory!=Long" },
};
foreach (var argument in args)
    start.ArgumentList.Add(argument);
using var process = Process.Start(start)!;
process.WaitForExit();

int passed = 0, failed = 0;
var skipped = new List<string>();
var failures = new List<string>();
var files = Directory.Exists(results) ? Directory.GetFiles(results, "*.trx", SearchOption.AllDirectories) : [];
foreach (var file in files)
{
    XNamespace ns = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    foreach (var result in XDocument.Load(file).Descendants(ns + "UnitTestResult"))
    {
        switch ((string?)result.Attribute("outcome"))
        {
            case "Passed":
                passed++;
                break;
            case "NotExecuted":
                var reason = result.Descendants(ns + "Message").FirstOrDefault()?.Value.Trim();
                skipped.Add($"{(string?)result.Attribute("testName")}: {reason ?? "no reason given"}");
                break;
            default:
                failed++;
                failures.Add((string?)result.Attribute("testName") + Environment.NewLine + Detail(result));
                break;
        }
    }
}

// At the end too, with their reasons: what the test runner printed is far above by now.
foreach (var failure in failures)
    Console.WriteLine($"FAILED {failure}");
Console.WriteLine();
Console.WriteLine(skipped.Count == 0 ? "Nothing was skipped." : "Skipped:");
foreach (var line in skipped)
    Console.WriteLine($"  {line}");
Console.WriteLine($"{passed} passed, {failed} failed, {skipped.Count} skipped");
return process.ExitCode != 0 || failed > 0 || passed == 0 ? 1 : 0;

// The reason and what the test wrote, indented; a long one to its beginning.
static string Detail(XElement result)
{
    const int Longest = 4000;
    var lines = result.Descendants().Where(e => e.Name.LocalName is "Message" or "StackTrace" or "StdOut").SelectMany(e => e.Value.Trim().Split('\n'));
    var text = string.Join(Environment.NewLine, lines.Select(l => "    " + l.TrimEnd()));
    return text.Length <= Longest ? text : text[..Longest] + " …";
}

static string FindRoot(string from)
{
    for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent)
    {
        if (File.Exists(Path.Combine(folder.FullName, "Wire.sln")))
            return folder.FullName;
    }
    throw new InvalidOperationException("Run this inside the repository: Wire.sln was not found here or above.");
}
