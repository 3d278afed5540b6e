using Wire.Protocol;

namespace Wire.Sessions;

/// <summary>What the engine is built with. Validated by whoever builds it; not changed afterwards.</summary>
public sealed class WireEngineOptions
{
    /// <summary>The node's number, a part of the ids of its messages. 0 to 1023. Default: 1.</summary>
    public int NodeId { get; set; } = 1;

    /// <summary>Workers, each the only writer of its share of the sessions. 0: half of the processors, at least 1. Default: 0.</summary>
    public int Workers { get; set; }

    /// <summary>The largest frame that a client may send, in bytes. Default: 1 MiB.</summary>
    public int MaxFrameBytes { get; set; } = ProtocolLimits.DefaultMaxFrameBytes;

    /// <summary>What a publish of level DEFAULT means. Default: DISK, or MEMORY where the log cannot promise DISK.</summary>
    public Durability DefaultDurability { get; set; } = Durability.Disk;

    /// <summary>
    /// Bytes that all followed sessions together may keep encoded until they are committed and delivered; beyond it their
    /// subscriptions are fed from the log. Default: 256 MiB.
    /// </summary>
    public long RingBytes { get; set; } = 256L << 20;

    /// <summary>Producers whose highest publish_id a session remembers. 1 to 10,000. Default: 1,000 (protocol.md, Publishing).</summary>
    public int ProducersPerSession { get; set; } = ProtocolLimits.DefaultRememberedProducers;

    /// <summary>Sessions that stay loaded, over all workers; the longest unused ones leave memory beyond it. Default: 200,000.</summary>
    public int LoadedSessions { get; set; } = 200_000;

    /// <summary>Batches that may wait at each worker before read loops wait. Default: 1,024.</summary>
    public int QueuedBatches { get; set; } = 1024;
}
