using Wire.Protocol;

namespace Wire.Client;

/// <summary>The state of a <see cref="WireClient"/>'s connection at one moment. Immutable.</summary>
/// <param name="Status">Where it stands.</param>
/// <param name="Connections">How many connections were opened so far.</param>
/// <param name="Reason">
/// Why there is no connection: of <see cref="WireClientStatus.Disconnected"/> and <see cref="WireClientStatus.Ended"/>, otherwise
/// <see cref="DisconnectReason.None"/>.
/// </param>
/// <param name="Code">The server's code; <see cref="ErrorCode.Unspecified"/> where no Error of the server's is behind it.</param>
/// <param name="Detail">The reason in words; empty where there is none.</param>
/// <param name="NextAttemptIn">
/// How long from this state's beginning to the next attempt: of <see cref="WireClientStatus.Disconnected"/>, otherwise null.
/// </param>
public sealed record WireClientState(
    WireClientStatus Status,
    int Connections,
    DisconnectReason Reason = DisconnectReason.None,
    ErrorCode Code = ErrorCode.Unspecified,
    string Detail = "",
    TimeSpan? NextAttemptIn = null);
