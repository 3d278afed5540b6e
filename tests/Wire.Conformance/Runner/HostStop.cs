namespace Wire.Conformance.Runner;

/// <summary>How a host is stopped.</summary>
public enum HostStop
{
    /// <summary>At once, as by <c>kill -9</c>.</summary>
    Kill,

    /// <summary>In good order, as by SIGTERM.</summary>
    Terminate,
}
