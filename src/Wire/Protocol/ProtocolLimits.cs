namespace Wire.Protocol;

/// <summary>The numbers of protocol version 1 (docs/protocol.md).</summary>
public static class ProtocolLimits
{
    /// <summary>The version of the protocol, as <c>Hello.version</c> and <c>Welcome.version</c> say it.</summary>
    public const int Version = 1;

    /// <summary>The longest frame that a client may send unless the server is set otherwise, in bytes without its length prefix: 1 MiB.</summary>
    public const int DefaultMaxFrameBytes = 1 << 20;

    /// <summary>How much longer than a client's longest frame a server's frame may be, in bytes.</summary>
    public const int ServerFrameExtraBytes = 1024;

    /// <summary>The longest <c>Hello</c> frame, in bytes without its length prefix: 16 KiB.</summary>
    public const int MaxHelloBytes = 16 * 1024;

    /// <summary>The longest length prefix, in bytes of varint.</summary>
    public const int MaxLengthPrefixBytes = 5;

    /// <summary>The longest <c>session_id</c> and <c>client_id</c>, in bytes of UTF-8.</summary>
    public const int MaxIdBytes = 128;

    /// <summary>The longest payload of a <c>Signal</c>, in bytes: 1 KiB.</summary>
    public const int MaxSignalBytes = 1024;

    /// <summary>How many messages a <c>Page</c> holds where <c>Fetch.limit</c> is 0.</summary>
    public const int DefaultPageMessages = 50;

    /// <summary>The most messages that a <c>Page</c> holds, and the largest <c>Fetch.limit</c>.</summary>
    public const int MaxPageMessages = 1000;

    /// <summary>For how many producers a session remembers the newest <c>publish_id</c>, unless the server is set otherwise.</summary>
    public const int DefaultRememberedProducers = 1000;

    /// <summary>The most producers that a session can be set to remember.</summary>
    public const int MaxRememberedProducers = 10_000;
}
