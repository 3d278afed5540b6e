using System.Net;
using Wire.Load.Engine;

namespace Wire.Load.Servers;

/// <summary>A server to be measured.</summary>
internal abstract class ServerTarget : IDisposable
{
    /// <summary>F or Wire, in tables and results.</summary>
    public abstract string Name { get; }

    /// <summary>What it is spoken to in.</summary>
    public abstract ILoadProtocol Protocol { get; }

    /// <summary>Where it listens.</summary>
    public abstract IPEndPoint EndPoint { get; }

    /// <summary>What its process has used so far; null where that cannot be known.</summary>
    public abstract ServerStats? ReadStats();

    /// <summary>Has it collect its garbage, so that its memory is what it needs, and asks it then; null where that cannot be known.</summary>
    public virtual ServerStats? Collect() => ReadStats();

    /// <summary>How long its log is; null where there is none or it is not known.</summary>
    public virtual long? ReadLogBytes() => null;

    /// <summary>Called between windows: the time to make room.</summary>
    /// <returns>True where the server is a new one, which needs a warm-up.</returns>
    public virtual bool Renew() => false;

    /// <summary>Called when it is new, before the first window: the time to fill its log where that is to be long.</summary>
    public virtual void Fill(CancellationToken cancellation) { }

    /// <summary>Called before each window of this length: nothing of it is measured.</summary>
    public virtual void Prepare(TimeSpan window) { }

    /// <inheritdoc/>
    public abstract void Dispose();
}
