using Wire.Protocol;

namespace Wire.Client;

/// <summary>What the server said of a stored publish.</summary>
/// <param name="Sequence">
/// The place of the message in its session, from 1 on. At level <see cref="Protocol.Durability.Memory"/> it is provisional: a
/// crash of the server can give it to another message. Where <paramref name="Duplicate"/> is set, it is the newest sequence
/// that this client has stored in the session, which is this message's own only where nothing was published after it.
/// </param>
/// <param name="PublishId">The id under which it was published.</param>
/// <param name="Duplicate">It was stored before, over a connection whose answer was lost; it was not stored again.</param>
/// <param name="Durability">The level asked for, with <see cref="Protocol.Durability.Default"/> resolved.</param>
public readonly record struct PublishResult(ulong Sequence, ulong PublishId, bool Duplicate, Durability Durability);
