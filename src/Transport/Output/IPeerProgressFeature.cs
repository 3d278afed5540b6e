namespace Wire.Transport.Output;

/// <summary>A transport that knows how much its peer has taken. Read from the heartbeat's thread.</summary>
internal interface IPeerProgressFeature
{
    /// <summary>Bytes since the connection began; only rises.</summary>
    long BytesAcknowledged { get; }
}
