namespace Wire.Client;

/// <summary>What a fetch found. Immutable.</summary>
public sealed class MessagePage
{
    /// <summary>The oldest sequence that is retained; head + 1 where none is; 0 where there never was one.</summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>The session's newest sequence on stable storage at that moment; 0 where there never was one.</summary>
    public required ulong HeadSequence { get; init; }

    /// <summary>The messages, in ascending order whichever way was asked for.</summary>
    public required IReadOnlyList<ReceivedMessage> Messages { get; init; }
}
