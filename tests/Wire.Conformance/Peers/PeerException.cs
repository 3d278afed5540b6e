namespace Wire.Conformance.Peers;

/// <summary>What a test waited for on a connection did not come: the deadline passed, or the connection ended first.</summary>
public sealed class PeerException(string message) : Exception(message);
