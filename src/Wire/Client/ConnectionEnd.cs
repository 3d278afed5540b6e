using Wire.Protocol;

namespace Wire.Client;

/// <summary>The end of one connection: the first reason that was found, which is the one that counts.</summary>
internal sealed record ConnectionEnd(EndKind Kind, string Detail)
{
    public ErrorCode Code { get; init; }

    /// <summary>The server wants no connection before that time has passed.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>Where the server wants the next connection; empty for where this one was.</summary>
    public string Endpoint { get; init; } = "";

    public Exception? Cause { get; init; }

    /// <summary>It came before Welcome.</summary>
    public bool InHandshake { get; init; }

    /// <summary>
    /// Another attempt with the same client would end the same way, or must not be made: the client_id belongs to another
    /// connection now, the server refuses this client, or what it sends cannot be trusted.
    /// </summary>
    public bool IsFinal => Kind == EndKind.Violation || (Kind == EndKind.Refused && Code switch
    {
        ErrorCode.TakenOver or ErrorCode.UnsupportedVersion or ErrorCode.BadFrame or ErrorCode.FrameTooLarge => true,
        ErrorCode.Forbidden or ErrorCode.InvalidArgument or ErrorCode.Unauthenticated => InHandshake,
        _ => false,
    });

    public DisconnectReason Reason => Kind switch
    {
        EndKind.Refused when Code == ErrorCode.TakenOver => DisconnectReason.TakenOver,
        EndKind.Refused => DisconnectReason.Refused,
        EndKind.GoAway => DisconnectReason.ServerLeaving,
        EndKind.Violation => DisconnectReason.ProtocolViolation,
        _ => DisconnectReason.Lost,
    };

    public static ConnectionEnd Violation(string what, Exception? cause = null)
        => new(EndKind.Violation, $"The server sent {what}.") { Cause = cause };

    public static ConnectionEnd Of(Error error, bool inHandshake)
        => new(EndKind.Refused, $"The server ended the connection: {ServerError.Describe(error)}.")
        {
            Code = error.Code,
            RetryAfter = TimeSpan.FromMilliseconds(error.RetryAfterMs),
            InHandshake = inHandshake,
        };

    public static ConnectionEnd Of(GoAway goAway)
        => new(EndKind.GoAway, goAway.Reason.Length == 0 ? "The server leaves." : $"The server leaves: {goAway.Reason}.")
        {
            RetryAfter = TimeSpan.FromMilliseconds(goAway.ReconnectAfterMs),
            Endpoint = goAway.Endpoint,
        };

    public Exception ToException() => Kind == EndKind.Violation
        ? new WireProtocolException(Detail, Cause)
        : new WireConnectionException(Code, Detail, IsFinal, Cause);
}
