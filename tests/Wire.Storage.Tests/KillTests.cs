using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Wire.Storage.Tests;

/// <summary>A process that appends is killed at any moment, again and again, while its files change several times a second.</summary>
public sealed class KillTests
{
    const int Rounds = 12;

    [Test]
    public async Task What_was_durable_survives_kill_9()
    {
        using var folder = new TestFolder();
        var random = new Random(11);
        var next = 1L;
        var files = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var acknowledged = await RunAndKillAsync(folder.Path, next, lines: random.Next(1, 400));
            await using var open = await OpenLog.OpenAsync(folder.Create(Options(folder.Path)));
            var found = 0L;
            ulong sequence = 0;
            var log = (FasterMessageLog)open.Log;
            using var scan = log.Faster.Scan(64, log.DurableAddress);
            while (scan.GetNext(out var entry, out var length, out _))
            {
                var record = entry.AsSpan(0, length);
                var header = new RecordHeader(record);
                if (!header.IsIntact || header.LogSequence != ++sequence)
                    Assert.Fail($"The record of log sequence {sequence} is not there.");
                if (header.Kind == RecordKind.Run && TestRecords.Read(record) != ("s", ++found, true))
                    Assert.Fail($"Record {found} is {TestRecords.Read(record)}.");
            }
            Assert.That(found, Is.GreaterThanOrEqualTo(acknowledged), $"in round {round}");
            next = found + 1;
            files = folder.SegmentFiles.Length;
        }
        Assert.That(next, Is.GreaterThan(Rounds * 10));
        Assert.That(files, Is.GreaterThan(Rounds), "files were to change on the way");
    }

    /// <summary>What the process to be killed does.</summary>
    internal static async Task AppendForeverAsync(string path, long first)
    {
        using var progress = new SemaphoreSlim(0);
        var log = new FasterMessageLog(Options(path), TimeProvider.System, NullLogger<FasterMessageLog>.Instance);
        await log.OpenAsync(() => progress.Release(), CancellationToken.None);
        using var rolls = new Timer(_ => log.Roll(), null, 60, 60);
        var random = new Random();
        var pending = new Queue<(long Number, long End)>();
        for (var number = first; ;)
        {
            if (pending.Count < 20 && log.Append(TestRecords.Run("s", number, random.Next(3000)), out _, out var end) == AppendStatus.Appended)
            {
                pending.Enqueue((number, end));
                number++;
            }
            else
            {
                log.Flush();
                await progress.WaitAsync();
            }
            if (random.Next(6) == 0)
                log.Flush();
            var durable = 0L;
            while (pending.TryPeek(out var oldest) && oldest.End <= log.DurableAddress)
                durable = pending.Dequeue().Number;
            if (durable > 0)
                Console.Out.WriteLine(durable.ToString(CultureInfo.InvariantCulture));
            if (log.Health == LogHealth.Failed)
                throw new InvalidOperationException("The log has failed.");
        }
    }

    static StorageOptions Options(string path) => new()
    {
        Path = path,
        PageBytes = 16 << 10,
        SegmentBytes = 4096 + 16 * (16 << 10),
        MemoryBytes = 8 * (16 << 10),
        ReserveBytes = 32 * (16 << 10),
        MaxFrameBytes = 8 << 10,
        MinFreeBytes = 0,
    };

    static async Task<long> RunAndKillAsync(string path, long first, int lines)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", typeof(KillTests).Assembly.Location, "append", path, first.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var acknowledged = 0L;
        try
        {
            using var hung = new CancellationTokenSource(OpenLog.Hung);
            for (var line = 0; line < lines; line++)
            {
                if (await process.StandardOutput.ReadLineAsync(hung.Token) is not { } text)
                    throw new AssertionException($"The process ended by itself: {await errors}");
                acknowledged = long.Parse(text, CultureInfo.InvariantCulture);
            }
        }
        finally
        {
            process.Kill();
        }
        // What it had printed before it was killed counts as well.
        while (await process.StandardOutput.ReadLineAsync() is { } text)
        {
            if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > acknowledged)
                acknowledged = number;
        }
        await process.WaitForExitAsync();
        return acknowledged;
    }
}
