using Wire.Transport;

namespace Wire.Host;

/// <summary>
/// All settings of a server: the section <c>Wire</c> of the configuration, and what the application sets in code after it.
/// Read once, at the start.
/// </summary>
public sealed class WireOptions
{
    /// <summary>The node's number, a part of the ids of its messages: 0 to 1023, its own for each server that ever shares clients with another. Default: 1.</summary>
    public int NodeId { get; set; } = 1;

    /// <summary>Workers, each the only writer of its share of the sessions. 0 to 256; 0 means half of the processors, at least 1. Default: 0.</summary>
    public int Workers { get; set; }

    /// <summary>The listener for raw TCP.</summary>
    public TcpOptions Tcp { get; } = new();

    /// <summary>The listener for HTTP: health, and what the application maps.</summary>
    public HttpOptions Http { get; } = new();

    /// <summary>The log.</summary>
    public WireStorageOptions Storage { get; } = new();

    /// <summary>What connections may take of the server.</summary>
    public TransportLimits Limits { get; } = new();

    /// <summary>What sessions may take of memory.</summary>
    public SessionOptions Sessions { get; } = new();

    /// <summary>Who is let in.</summary>
    public AuthOptions Auth { get; } = new();

    /// <summary>Who answers visitors.</summary>
    public DispatchOptions Dispatch { get; } = new();

    /// <summary>What was wrong with the configuration before any value could be checked: unknown keys, malformed values.</summary>
    internal List<string> ConfigurationFaults { get; } = [];
}
