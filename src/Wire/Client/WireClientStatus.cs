namespace Wire.Client;

/// <summary>Where a <see cref="WireClient"/> stands with its connection.</summary>
public enum WireClientStatus
{
    /// <summary>No call has needed a connection yet.</summary>
    Idle,

    /// <summary>An attempt is under way, to the server's Welcome.</summary>
    Connecting,

    /// <summary>There is a connection, as far as this side knows.</summary>
    Connected,

    /// <summary>There is none; the next attempt is made after <see cref="WireClientState.NextAttemptIn"/>.</summary>
    Disconnected,

    /// <summary>The client will not connect again. The last status.</summary>
    Ended,
}
