using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>A disk that is really full: a small tmpfs in a mount namespace of its own.</summary>
public sealed class FullDiskTests
{
    [Test]
    public async Task A_disk_that_is_really_full_refuses_and_recovers_and_opens()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Mount namespaces exist on Linux only.");
        using var folder = new TestFolder();
        var start = new ProcessStartInfo("unshare")
        {
            ArgumentList =
            {
                "-m", "sh", "-c",
                "mount -t tmpfs -o size=8m,nr_inodes=300 tmpfs \"$1\" || exit 77; exec dotnet exec \"$2\" fill \"$1\"", "sh",
                folder.Path, typeof(FullDiskTests).Assembly.Location,
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Ignore($"unshare cannot be started: {e.Message}");
            return;
        }
        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            using var hung = new CancellationTokenSource(OpenLog.Hung);
            await process.WaitForExitAsync(hung.Token);
            if (process.ExitCode is 77 or 1 && (await errors).Contains("unshare", StringComparison.Ordinal) || process.ExitCode == 77)
                Assert.Ignore($"No tmpfs can be mounted here: {await errors}");
            Assert.That(process.ExitCode, Is.Zero, await errors + await output);
        }
    }

    /// <summary>What the process in the namespace does.</summary>
    internal static async Task FillAsync(string disk)
    {
        var options = new StorageOptions
        {
            Path = Path.Combine(disk, "data"),
            PageBytes = 64 << 10,
            SegmentBytes = 1 << 20,
            MemoryBytes = 512 << 10,
            ReserveBytes = 1 << 20,
            MaxFrameBytes = 32 << 10,
            MinFreeBytes = 0,
        };
        var ballast = Path.Combine(disk, "ballast");
        File.WriteAllBytes(ballast, new byte[3 << 20]);

        var appended = new List<RecoveryTests.Appended>();
        await using (var open = await OpenLog.OpenAsync(Create()))
        {
            await FillUpAsync(open);
            var atFull = appended.Count;
            File.Delete(ballast);
            await open.HealthAsync(LogHealth.Healthy);
            await FillUpAsync(open);
            Assert.That(appended, Has.Count.GreaterThan(atFull + 1000));
        }

        TakeTheRest();
        for (var boot = 0; boot < 3; boot++)
        {
            await using var open = await OpenLog.OpenAsync(Create());
            RecoveryTests.AssertRecords(open.Log, appended);
            Assert.That(await open.AppendAsync(TestRecords.Run("s", 1, 20_000)), Is.Not.EqualTo(AppendStatus.Busy));
        }

        AssertTheFileLayerSaysSo();

        IMessageLog Create() => new FasterMessageLog(options, TimeProvider.System, NullLogger<FasterMessageLog>.Instance);

        async Task FillUpAsync(OpenLog open)
        {
            AppendStatus status;
            do
            {
                var number = appended.Count + 1;
                status = await open.AppendAsync(TestRecords.Run("s", number, 700), (a, e) => appended.Add(new("s", number, a, e)));
                if (number % 100 == 0)
                    await open.DurableAsync(appended[^1].End);
            }
            while (status == AppendStatus.Appended);
            Assert.That(open.Log.Health, Is.EqualTo(LogHealth.Full));
            await open.DurableAsync(appended[^1].End);
            RecoveryTests.AssertRecords(open.Log, appended);
        }

        // Also where a name or a folder has no room; within this file system a rename needs none, into it from another one it does.
        void AssertTheFileLayerSaysSo()
        {
            var names = 0;
            try
            {
                while (true)
                    File.Create(Path.Combine(disk, $"name-{++names}")).Dispose();
            }
            catch (IOException)
            {
            }
            var files = SystemFileLayer.Instance;
            Assert.Throws<DiskFullException>(() => files.CreateFolder(Path.Combine(disk, "folder")));
            var elsewhere = Path.GetTempFileName();
            Assert.Throws<DiskFullException>(() => files.Rename(elsewhere, Path.Combine(disk, "renamed")));
            Assert.That(File.Exists(elsewhere), Is.True);
            File.Delete(elsewhere);
        }

        void TakeTheRest()
        {
            using var file = File.Create(ballast);
            try
            {
                while (true)
                    file.Write(new byte[4096]);
            }
            catch (IOException)
            {
                // Now nothing is left.
            }
        }
    }
}
