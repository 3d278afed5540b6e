using Wire.Load.Servers;

namespace Wire.Load.Peers;

/// <summary>A server of others that is measured beside Wire.</summary>
internal abstract class PeerTarget : ServerTarget
{
    /// <summary>What it is.</summary>
    public abstract PeerInfo Info { get; }

    /// <inheritdoc/>
    public sealed override string Name => Info.Name;
}
