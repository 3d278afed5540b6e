namespace Wire.Client;

/// <summary>Why a <see cref="WireClient"/> has no connection.</summary>
public enum DisconnectReason
{
    /// <summary>It has one, or is about to open the first.</summary>
    None,

    /// <summary>It could not be opened, broke, or fell silent.</summary>
    Lost,

    /// <summary>The server ended it with an Error: <see cref="WireClientState.Code"/>.</summary>
    Refused,

    /// <summary>The server announced that it would close it: it restarts, or sends its clients elsewhere.</summary>
    ServerLeaving,

    /// <summary>Another connection has taken over the client_id. The client has ended.</summary>
    TakenOver,

    /// <summary>The server broke the protocol. The client has ended.</summary>
    ProtocolViolation,

    /// <summary>The client was disposed of.</summary>
    Disposed,

    /// <summary>A defect of the client. It has ended.</summary>
    Failed,
}
