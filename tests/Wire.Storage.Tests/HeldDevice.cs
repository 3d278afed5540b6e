namespace Wire.Storage.Tests;

/// <summary>Files whose device can be made to stand still before it syncs.</summary>
internal sealed class HeldDevice : IDisposable
{
    readonly ManualResetEventSlim _free = new(true);

    public HeldDevice() => Files = new ObservedFiles
    {
        Before = call =>
        {
            if (call is { ByDevice: true, Operation: FileOperation.Write } && !_free.Wait(OpenLog.Hung))
                throw new TimeoutException("The device was held for too long.");
        },
    };

    public ObservedFiles Files { get; }

    /// <summary>Nothing is written until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        _free.Reset();
        return this;
    }

    public void Dispose() => _free.Set();
}
