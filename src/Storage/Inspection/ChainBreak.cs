namespace Wire.Storage.Inspection;

/// <summary>What is known of a session whose chain is not whole.</summary>
internal sealed class ChainBreak
{
    public required string SessionId { get; init; }

    /// <summary>The first record that does not follow the one before it, or that is flawed. What is before it is whole.</summary>
    public required long FirstAddress { get; init; }

    /// <summary>The oldest checkpoint from which on the chain is whole to its end; 0: none.</summary>
    public long Checkpoint { get; set; }

    /// <summary>Whether a record of this chain can be kept: before the first break, or, where a checkpoint carries the session on, from that on.</summary>
    public bool Keeps(long address) => Checkpoint != 0 ? address >= Checkpoint : address < FirstAddress;
}
