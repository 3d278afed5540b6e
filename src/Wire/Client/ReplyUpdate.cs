using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// More of a reply in the making. Passing: only the message that it ends as is stored, and comes as a
/// <see cref="MessageUpdate"/>, before or after the last of these.
/// </summary>
/// <remarks>
/// To show it, keep one text for each <see cref="InReplyTo"/>, and let <see cref="ApplyTo"/> make the next one of it. After a
/// lost connection the reply may go on with a snapshot, or come as its message only.
/// </remarks>
public sealed record ReplyUpdate : SessionUpdate
{
    internal ReplyUpdate()
    {
    }

    /// <summary>Which reply it is. A new one with the same <see cref="InReplyTo"/> takes the place of the one before.</summary>
    public required ulong ReplyId { get; init; }

    /// <summary>The sequence of the message that it answers.</summary>
    public required ulong InReplyTo { get; init; }

    /// <summary>The place of the newest piece in it among those of its reply; only rises on one connection.</summary>
    public required uint Index { get; init; }

    /// <summary>What to add to the text so far, or all of it (<see cref="IsSnapshot"/>). May be empty.</summary>
    public required string Text { get; init; }

    /// <summary>
    /// <see cref="Text"/> is all of the reply so far, and replaces what was shown. Always so in the first update of a reply.
    /// </summary>
    public required bool IsSnapshot { get; init; }

    /// <summary>It is the last one of this reply.</summary>
    public required bool IsDone { get; init; }

    /// <summary>How it ended, once <see cref="IsDone"/>.</summary>
    public required Finish Finish { get; init; }

    /// <summary>Once <see cref="IsDone"/> the sequence under which it was stored, 0 where it was not; until then 0.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>The text to show after this update, where <paramref name="shown"/> was shown before it.</summary>
    public string ApplyTo(string? shown) => IsSnapshot ? Text : shown + Text;
}
