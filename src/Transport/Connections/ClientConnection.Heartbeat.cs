using Wire.Framing;
using Wire.Transport.Output;

namespace Wire.Transport.Connections;

/// <summary>What the server's one timer asks of each connection: is it too late, silent, or stalled?</summary>
internal sealed partial class ClientConnection
{
    private const int IntervalsUntilTimeout = 3;

    private volatile Phase _phase;
    private volatile bool _isReading;
    private long _lastReceived;
    private long _pingedFor = -1;
    private long _acknowledged;

    private enum Phase : byte
    {
        Handshake,
        Open,

        /// <summary>The end has begun, and has its own deadline.</summary>
        Closing,
    }

    /// <summary>For the heartbeat alone, which calls it for one connection after the other.</summary>
    /// <param name="now">On the server's clock.</param>
    /// <param name="pingsLeft">How many connections may still be pinged this time; one that may not is the next time.</param>
    public void OnHeartbeat(long now, ref int pingsLeft)
    {
        if (Outbox.IsClosed)
            return;
        switch (_phase)
        {
            case Phase.Handshake:
                if (now - _lastReceived >= _server.HandshakeTimeoutMs)
                    Outbox.Abort(FatalErrors.HandshakeTimeout());
                break;
            case Phase.Open:
                CheckSilence(now, ref pingsLeft);
                CheckOutput(now);
                break;
        }
    }

    private void CheckSilence(long now, ref int pingsLeft)
    {
        // The server reads no further for now, so nothing can be heard.
        if (!_isReading)
        {
            Volatile.Write(ref _lastReceived, now);
            return;
        }

        var lastReceived = Volatile.Read(ref _lastReceived);
        var silence = now - lastReceived;
        if (silence >= IntervalsUntilTimeout * _server.PingIntervalMs)
        {
            Outbox.Abort(FatalErrors.SilentPeer());
        }
        else if (silence >= _server.PingIntervalMs && _pingedFor != lastReceived && pingsLeft > 0)
        {
            // Once for each silence.
            pingsLeft--;
            _pingedFor = lastReceived;
            Span<byte> ping = stackalloc byte[FrameWriter.MaxHeartbeatBytes];
            Outbox.Write(ping[..FrameWriter.WritePing(ping, (ulong)now)]);
            Outbox.Flush();
        }
    }

    private void CheckOutput(long now)
    {
        var stalled = Outbox.WaitingBytes == 0 ? 0 : now - Outbox.TakenAt;
        if (stalled < _server.PingIntervalMs)
        {
            _acknowledged = 0;
            return;
        }

        // A flush completes in big steps: before this counts as a stall, the peer's TCP is asked.
        var acknowledged = PeerProgress.BytesAcknowledged(_context);
        if (_acknowledged != 0 && acknowledged != _acknowledged)
            Outbox.NoteTaken();
        else if (stalled >= IntervalsUntilTimeout * _server.PingIntervalMs)
            Outbox.Abort(FatalErrors.StalledPeer());
        _acknowledged = acknowledged;
    }
}
