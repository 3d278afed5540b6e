using System.CommandLine;
using NUnit.Framework;
using Wire.Load.Commands;
using Wire.Load.Report;

namespace Wire.Load.Tests.Report;

/// <summary>The whole command with real servers, quick.</summary>
[TestFixture]
internal sealed class ReportCommandTests
{
    [Test]
    public async Task A_quick_report_measures_writes_and_renders()
    {
        var root = Directory.CreateTempSubdirectory("wire-report-").FullName;
        try
        {
            var docs = Path.Combine(root, "docs");
            Directory.CreateDirectory(docs);
            await File.WriteAllTextAsync(Path.Combine(root, "README.md"), "");
            await File.WriteAllTextAsync(Path.Combine(docs, "performance.md"), "<!-- result: depth1 --><!-- /result -->");
            Assert.That(await WireLoadCommand.Create().Parse(["report", "--quick", "--only", "depth1", "--docs", docs]).InvokeAsync(), Is.Zero);
            Assert.That(ResultFolder.Read(Path.Combine(docs, "results")).Loads("depth1").Single().Shapes.Single().Repeats, Has.Count.EqualTo(2));
            Assert.That(await File.ReadAllTextAsync(Path.Combine(docs, "performance.md")), Does.Contain("A synced write of 4 KiB takes").And.Contain(Caption.Quick));
            if (OperatingSystem.IsLinux())
                Assert.That(await File.ReadAllTextAsync(Path.Combine(docs, "performance.md")), Does.Contain(", kernel ").And.Contain(", data on ").And.Contain(" of commit "));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
