using Wire.Conformance.Peers;

namespace Wire.Conformance.Runner;

/// <summary>The host that a transcript runs against.</summary>
public interface ITranscriptHost
{
    /// <summary>Whether <see cref="RestartAsync"/> works.</summary>
    bool CanRestart { get; }

    /// <summary>Opens a connection. It is the caller's to dispose of.</summary>
    ValueTask<PeerTransport> ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Stops the host and starts it on the same data; returns when it is ready.</summary>
    /// <param name="stop">How it is stopped.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask RestartAsync(HostStop stop, CancellationToken cancellationToken);
}
