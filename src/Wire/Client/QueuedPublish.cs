using Wire.Protocol;

namespace Wire.Client;

/// <summary>A publish that an earlier process has left in the queue's file.</summary>
/// <param name="SessionUtf8">The session that it is for.</param>
/// <param name="PublishId">Its id.</param>
/// <param name="Durability">The level that it asks for.</param>
/// <param name="IsConditional">It has an <c>expected_head</c>.</param>
/// <param name="Frame">Its frame, with the length prefix.</param>
internal sealed record QueuedPublish(
    byte[] SessionUtf8, ulong PublishId, Durability Durability, bool IsConditional, ReadOnlyMemory<byte> Frame);
