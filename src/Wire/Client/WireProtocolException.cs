using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// The other side broke the protocol: bytes that are no frames, an answer to what was never sent, a hole in a subscription.
/// It cannot be trusted with what is unanswered, so the client has ended. What was unanswered may or may not be stored.
/// </summary>
public sealed class WireProtocolException : WireException
{
    internal WireProtocolException(string message, Exception? inner = null)
        : base(ErrorCode.Unspecified, message, inner)
    {
    }
}
