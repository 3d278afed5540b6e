using Wire.Protocol;

namespace Wire.Transport.Connections;

/// <summary>The errors with which the transport ends connections (docs/protocol.md, Errors).</summary>
internal static class FatalErrors
{
    private const int RetryAfterMs = 1000;

    public static Error BadFrame(string detail) => Fatal(ErrorCode.BadFrame, detail);

    public static Error InvalidArgument(string detail) => Fatal(ErrorCode.InvalidArgument, detail);

    public static Error UnsupportedVersion() => Fatal(ErrorCode.UnsupportedVersion, $"version must be {ProtocolLimits.Version}");

    public static Error HandshakeTimeout() => Fatal(ErrorCode.HandshakeTimeout, "no Hello in time");

    public static Error SilentPeer() => Fatal(ErrorCode.IdleTimeout, "no byte came for three ping intervals");

    public static Error StalledPeer() => Fatal(ErrorCode.IdleTimeout, "no byte of waiting output was taken for three ping intervals");

    public static Error Internal() => Fatal(ErrorCode.Internal, "internal error");

    public static Error Of(ErrorCode code, string detail) => Fatal(code, detail);

    public static Error TooManyConnections() => Overloaded("the server has as many connections as it may have");

    public static Error OutOfBuffers() => Overloaded("the server has no memory for output that is not taken");

    public static Error NotServing() => Overloaded("the server is starting or stopping");

    // Spread, so that those who are turned away together do not come back together.
    private static Error Overloaded(string detail)
    {
        var error = Fatal(ErrorCode.Overloaded, detail);
        error.RetryAfterMs = (uint)Random.Shared.Next(RetryAfterMs, 3 * RetryAfterMs);
        return error;
    }

    private static Error Fatal(ErrorCode code, string detail) => new() { Code = code, Detail = detail, Fatal = true };
}
