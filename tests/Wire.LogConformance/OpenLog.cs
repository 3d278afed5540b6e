using NUnit.Framework;
using Wire.Log;

namespace Wire.LogConformance;

/// <summary>A log as a worker uses it: what is busy is tried again when the log reports progress, and flushes follow one another.</summary>
public sealed class OpenLog : IAsyncDisposable
{
    /// <summary>Not a measure of speed: what takes longer than this has hung.</summary>
    public static readonly TimeSpan Hung = TimeSpan.FromSeconds(60);

    readonly SemaphoreSlim _progress = new(0);
    long _highest;
    long _fellTo = long.MaxValue;

    OpenLog(IMessageLog log) => Log = log;

    public IMessageLog Log { get; }

    /// <summary>How often the log reported progress.</summary>
    public int ProgressReports;

    public static async Task<OpenLog> OpenAsync(IMessageLog log)
    {
        var open = new OpenLog(log);
        try
        {
            await log.OpenAsync(open.OnProgress, CancellationToken.None);
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
        return open;
    }

    /// <summary>Appends, waiting for room where there is none at the moment.</summary>
    public async Task<AppendStatus> AppendAsync(byte[] record, Action<long, long>? appended = null)
    {
        while (true)
        {
            var status = Log.Append(record, out var address, out var end);
            if (status == AppendStatus.Appended)
                appended?.Invoke(address, end);
            if (status != AppendStatus.Busy)
                return status;
            Log.Flush();
            await NextProgressAsync();
        }
    }

    /// <summary>Returns once the address is on stable storage.</summary>
    public async Task DurableAsync(long address) =>
        Assert.That(await TryDurableAsync(address), Is.True, "the log has failed");

    /// <summary>Returns once the address is on stable storage, or false once the log has failed.</summary>
    public async Task<bool> TryDurableAsync(long address)
    {
        while (Log.DurableAddress < address)
        {
            if (Log.Health == LogHealth.Failed)
                return false;
            Log.Flush();
            if (Log.DurableAddress < address)
                await NextProgressAsync();
        }
        return true;
    }

    /// <summary>Returns once the index has come to an address.</summary>
    public async Task IndexedAsync(long address)
    {
        while (Log.IndexedAddress < address)
            await NextProgressAsync();
    }

    /// <summary>Returns once the log is in the given state.</summary>
    public async Task HealthAsync(LogHealth health)
    {
        while (Log.Health != health)
            await NextProgressAsync();
    }

    public async Task NextProgressAsync()
    {
        if (!await _progress.WaitAsync(Hung))
            Assert.Fail($"The log reported no progress within {Hung}; health {Log.Health}, durable until {Log.DurableAddress:x}.");
    }

    /// <summary>Whether the log reports progress, or has since the last look, within a time that is no measure of anything.</summary>
    public Task<bool> ProgressComesAsync(TimeSpan within) => _progress.WaitAsync(within);

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        Assert.That(Volatile.Read(ref _fellTo), Is.EqualTo(long.MaxValue), "the durable address fell");
    }

    void OnProgress()
    {
        var highest = Interlocked.Read(ref _highest);
        var durable = Log.DurableAddress;
        if (durable < highest)
            Volatile.Write(ref _fellTo, durable);
        else
            Interlocked.CompareExchange(ref _highest, durable, highest);
        Interlocked.Increment(ref ProgressReports);
        _progress.Release();
    }
}
