namespace Wire.Host.Hosting;

/// <summary>What befell the host, for its health. Thread-safe.</summary>
internal sealed class WireHostState
{
    private volatile bool _isFaulted;

    public bool IsFaulted => _isFaulted;

    public void Fault() => _isFaulted = true;
}
