namespace Wire.Load.Connect;

/// <summary>Connections that one server, newly started, accepted one after the other and then kept idle.</summary>
internal sealed record ConnectWindow
{
    /// <summary>F or Wire.</summary>
    public required string Server { get; init; }

    /// <summary>From the first connect to the last Welcome.</summary>
    public required double Seconds { get; init; }

    /// <summary>Connections a second, each with its handshake.</summary>
    public required double ConnectionsPerSecond { get; init; }

    /// <summary>CPU time of the server for each.</summary>
    public required double ServerMicrosecondsPerConnection { get; init; }

    /// <summary>CPU time of the client for each.</summary>
    public required double ClientMicrosecondsPerConnection { get; init; }

    /// <summary>Managed bytes that the server allocated for each.</summary>
    public required double AllocatedBytesPerConnection { get; init; }

    /// <summary>By how much the server's resident memory is larger with all of them idle, garbage collected, than with none, for each.</summary>
    public required double MemoryBytesPerConnection { get; init; }

    /// <summary>Managed memory of that; the rest is the runtime's and the transport's own.</summary>
    public required double HeapBytesPerConnection { get; init; }
}
