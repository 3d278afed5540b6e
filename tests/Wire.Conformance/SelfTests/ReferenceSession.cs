using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

/// <summary>A session of the <see cref="ReferenceHost"/>.</summary>
internal sealed class ReferenceSession
{
    internal List<Message> Messages { get; } = [];

    /// <summary>By producer: the highest publish_id stored, and its sequence.</summary>
    internal Dictionary<string, (ulong PublishId, ulong Sequence)> Producers { get; } = [];

    /// <summary>By connection: the sequence that it is to be sent next.</summary>
    internal Dictionary<ReferenceConnection, ulong> Followers { get; } = [];

    internal ulong Head => (ulong)Messages.Count;

    internal ulong First => Messages.Count == 0 ? 0UL : 1UL;
}
