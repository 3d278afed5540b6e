using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// This fetch or subscription was refused or has ended: <see cref="ErrorCode.Forbidden"/>,
/// <see cref="ErrorCode.InvalidArgument"/> or <see cref="ErrorCode.DataLoss"/>. The client goes on.
/// </summary>
public sealed class WireRequestException : WireException
{
    internal WireRequestException(ErrorCode code, string message, string sessionId)
        : base(code, message) => SessionId = sessionId;

    /// <summary>The session that was asked for.</summary>
    public string SessionId { get; }
}
