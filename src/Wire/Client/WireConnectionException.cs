using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// There is no connection. Out of <see cref="WireClient.ConnectAsync"/>: this attempt failed, and the client goes on trying
/// unless <see cref="IsFinal"/>. Out of any other call: the client has ended and will not connect again, because another
/// connection took its client_id over (<see cref="ErrorCode.TakenOver"/>) or the server refuses this client
/// (<see cref="ErrorCode.Unauthenticated"/>, <see cref="ErrorCode.Forbidden"/>, <see cref="ErrorCode.UnsupportedVersion"/>, …).
/// What was unanswered may or may not be stored.
/// </summary>
public sealed class WireConnectionException : WireException
{
    internal WireConnectionException(ErrorCode code, string message, bool isFinal, Exception? inner = null)
        : base(code, message, inner) => IsFinal = isFinal;

    /// <summary>The client has ended and will not connect again.</summary>
    public bool IsFinal { get; }
}
