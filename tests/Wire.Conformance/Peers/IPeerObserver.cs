using Wire.Protocol;

namespace Wire.Conformance.Peers;

/// <summary>Sees what a <see cref="Peer"/> sends and receives. Sending and receiving are told from different threads.</summary>
public interface IPeerObserver
{
    /// <summary>A frame is about to be sent.</summary>
    void Sending(Frame frame);

    /// <summary>Bytes that need not be frames are about to be sent.</summary>
    void SendingBytes(ReadOnlySpan<byte> bytes);

    /// <summary>A frame came.</summary>
    void Received(Frame frame);

    /// <summary>Nothing more can come.</summary>
    void Ended(PeerEnd end);
}
