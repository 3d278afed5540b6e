using System.Diagnostics;
using NUnit.Framework;

namespace Wire.Load.Tests;

/// <summary>The program as a user stops it.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class InterruptTests
{
    [Test]
    [Platform("Linux,MacOsX")]
    public async Task A_measurement_that_is_stopped_removes_what_its_server_kept(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("wire-interrupt-").FullName;
        try
        {
            var start = new ProcessStartInfo("dotnet", [typeof(LoadFailureException).Assembly.Location, "publish", "--shapes", "4x4", "--skip-f", "--repeats", "1000", "--window", "0.1", "--warm-up", "0.1", "--data", folder])
            {
                RedirectStandardError = true,
            };
            using var program = Process.Start(start)!;
            Assert.That(await program.StandardError.ReadLineAsync(cancellation), Does.StartWith("4x4 1/1000"));
            Assert.That(Directory.GetDirectories(folder), Has.Length.EqualTo(1));
            using var kill = Process.Start("kill", ["-TERM", $"{program.Id}"]);
            await program.StandardError.ReadToEndAsync(cancellation);
            await program.WaitForExitAsync(cancellation);
            Assert.That(program.ExitCode, Is.EqualTo(130));
            Assert.That(Directory.GetDirectories(folder), Is.Empty);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
