using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Client;
using Wire.InProcess;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Storage.Files;

namespace Wire.Storage.Tests;

/// <summary>An engine on a log on disk, reached in process.</summary>
internal sealed class StoredEngine : IAsyncDisposable
{
    readonly WireEngine _engine;
    readonly InProcessSessions _sessions;
    int _evictions;

    StoredEngine(FasterMessageLog log, TimeProvider time, int loadedSessions)
    {
        Log = log;
        _engine = new WireEngine(log, new WireEngineOptions { Workers = 2, LoadedSessions = loadedSessions, MaxFrameBytes = 4096 }, time,
            NullLogger<WireEngine>.Instance);
        _engine.Faulted += exception => Fault = exception;
        _sessions = new InProcessSessions(_engine);
    }

    public FasterMessageLog Log { get; }

    /// <summary>What the engine died of; null while it lives.</summary>
    public Exception? Fault { get; private set; }

    public static async Task<StoredEngine> StartAsync(TestFolder folder, StorageOptions options, TimeProvider time, IFileLayer? files = null,
        ILogger<FasterMessageLog>? logger = null, int loadedSessions = 10)
    {
        var engine = new StoredEngine(folder.Create(options, time, logger, files), time, loadedSessions);
        try
        {
            await engine._engine.StartAsync(CancellationToken.None);
        }
        catch
        {
            await engine.Log.DisposeAsync();
            throw;
        }
        return engine;
    }

    /// <summary>Publishes; ends when it is on stable storage.</summary>
    public Task<PublishResult> PublishAsync(string session, ulong publishId, string text = "hello", Durability level = Durability.Disk) =>
        _sessions.PublishAsync(session, System.Text.Encoding.UTF8.GetBytes(text), new SessionPublishOptions
        {
            Sender = "sender",
            Role = Role.Visitor,
            PublishId = publishId,
            Durability = level,
        }).AsTask().WaitAsync(OpenLog.Hung);

    /// <summary>All that is stored of a session, while nothing of it is retired.</summary>
    public async Task<(ulong FirstSequence, ulong HeadSequence, IReadOnlyList<ulong> Sequences)> FetchAsync(string session)
    {
        var sequences = new List<ulong>();
        var first = 0UL;
        while (true)
        {
            var page = await _sessions.FetchAsync(session, sequences.Count == 0 ? 0 : sequences[^1] + 1, limit: 1000).AsTask().WaitAsync(OpenLog.Hung);
            first = sequences.Count == 0 ? page.FirstSequence : first;
            sequences.AddRange(page.Messages.Select(m => m.Sequence));
            if (sequences.Count == 0 || sequences[^1] == page.HeadSequence)
                return (first, page.HeadSequence, sequences);
        }
    }

    /// <summary>Has all sessions but the newest leave memory, by naming others.</summary>
    public async Task EvictAsync(ManualTime time)
    {
        for (var i = 0; i < 20; i++)
            await PublishAsync($"other-{i}", (ulong)++_evictions);
        await UntilAsync(time, () => _engine.Workers.Sum(worker => worker.LoadedSessions) <= Math.Max(_engine.Options.LoadedSessions, _engine.Workers.Length));
    }

    /// <summary>Moves the clock second by second until something holds.</summary>
    public async Task UntilAsync(ManualTime time, Func<bool> holds, int seconds = 1)
    {
        var since = System.Diagnostics.Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(since), Is.LessThan(TimeSpan.FromSeconds(15)),
                $"begin {Log.BeginAddress:x}, indexed {Log.IndexedAddress:x}, durable {Log.DurableAddress:x}, {Log.Health}, {Fault}: "
                + string.Join(", ", Log.Catalog.Segments.ToArray().Select(s => $"{s.StartAddress:x} settled {s.IsSettled}")));
            time.Advance(TimeSpan.FromSeconds(seconds));
            await Task.Delay(2);
        }
    }

    public async ValueTask DisposeAsync() => await _engine.StopAsync(CancellationToken.None).WaitAsync(OpenLog.Hung);
}
