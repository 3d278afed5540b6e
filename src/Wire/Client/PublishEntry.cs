using Wire.Protocol;

namespace Wire.Client;

/// <summary>A publish in its session's line, from the call to its answer: an awaited one or a pipelined one.</summary>
internal struct PublishEntry
{
    public ulong PublishId;

    /// <summary>Who awaits it; null for one of a pipeline.</summary>
    public PendingPublish? Call;

    /// <summary>The pipeline that it belongs to; null for one that is awaited.</summary>
    public PublishPipeline? Pipeline;

    /// <summary>Where its frame lies, with its length prefix; null for one that is awaited, which is written from its payload.</summary>
    public FrameBlock? Block;

    public int FrameOffset;

    public int FrameBytes;

    /// <summary>The level that it asks for.</summary>
    public Durability Durability;

    /// <summary>It was written to this many connections; beyond 2 nobody counts.</summary>
    public byte Sends;

    /// <summary>Nothing may follow it before it is answered.</summary>
    public bool IsConditional;

    /// <summary>Its id is its author's own.</summary>
    public bool BringsId;
}
