using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// This publish was refused and is not stored: <see cref="ErrorCode.Conflict"/> (see <see cref="HeadSequence"/>),
/// <see cref="ErrorCode.Forbidden"/>, <see cref="ErrorCode.InvalidArgument"/>, <see cref="ErrorCode.FrameTooLarge"/> or
/// <see cref="ErrorCode.DataLoss"/>. The client goes on.
/// </summary>
public sealed class WirePublishException : WireException
{
    internal WirePublishException(ErrorCode code, string message, string sessionId, ulong publishId, ulong headSequence = 0)
        : base(code, message)
    {
        SessionId = sessionId;
        PublishId = publishId;
        HeadSequence = headSequence;
    }

    /// <summary>The session that was published to.</summary>
    public string SessionId { get; }

    /// <summary>The id under which it was published.</summary>
    public ulong PublishId { get; }

    /// <summary>With <see cref="ErrorCode.Conflict"/> the session's newest sequence, otherwise 0.</summary>
    public ulong HeadSequence { get; }
}
