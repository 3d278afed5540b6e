using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// What the server said of the oldest <paramref name="Count"/> publishes of a <see cref="WirePublisher"/> that were unanswered.
/// </summary>
/// <param name="FirstPublishId">The id of the first of them.</param>
/// <param name="LastPublishId">The id of the last of them. Ids in between that another call was given are not among them.</param>
/// <param name="Count">How many they are, at least 1.</param>
/// <param name="Sequence">
/// The place of the last of them in its session; the others are right before it. At level
/// <see cref="Protocol.Durability.Memory"/> it is provisional. Where <paramref name="Duplicate"/> is set, it is the newest one
/// that this client has stored in the session, and says nothing of the others. 0 where they were refused.
/// </param>
/// <param name="Duplicate">They were stored before, over a connection whose answer was lost; they were not stored again.</param>
/// <param name="Durability">
/// The level asked for, with <see cref="Protocol.Durability.Default"/> resolved; Default where they were refused.
/// </param>
/// <param name="Refusal">Null where they are stored; otherwise why that one publish is not, with its session and id.</param>
public readonly record struct PublishAnswer(
    ulong FirstPublishId,
    ulong LastPublishId,
    int Count,
    ulong Sequence,
    bool Duplicate,
    Durability Durability,
    WirePublishException? Refusal)
{
    /// <summary>They are stored.</summary>
    public bool IsStored => Refusal is null;

    /// <summary>
    /// The place of the first of them in its session; 0 where they were refused, or stored before (<see cref="Duplicate"/>).
    /// </summary>
    public ulong FirstSequence => Duplicate || Refusal is not null ? 0 : Sequence - (ulong)Count + 1;
}
