namespace Wire.Transport.Connections;

/// <summary>Why a connection ended. The first reason counts.</summary>
internal enum CloseReason : byte
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>The client closed its sending side, and was answered.</summary>
    PeerLeft,

    /// <summary>The connection broke: it was reset, or nothing could be sent any more.</summary>
    PeerLost,

    /// <summary>The server ended it with a fatal error.</summary>
    Refused,

    /// <summary>The server is stopping.</summary>
    Drained,

    /// <summary>A defect of the server.</summary>
    Defect,
}
