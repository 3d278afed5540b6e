namespace Wire.Conformance.Peers;

/// <summary>One connection's byte stream, as a test opened it: raw TCP, TLS or a WebSocket made to look like a stream.</summary>
/// <param name="Stream">Reads and writes the bytes. It is disposed of by the <see cref="Peer"/> that takes it.</param>
/// <param name="HalfClose">
/// Ends the sending side and keeps the receiving one, or null where the transport cannot do that (a WebSocket).
/// </param>
public sealed record PeerTransport(Stream Stream, Func<CancellationToken, ValueTask>? HalfClose);
