using Google.Protobuf;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>One connection: bytes in, bytes out, and the handshake. Knows no socket calls, so tests feed it bytes.</summary>
/// <remarks>Used by the thread of its <see cref="LoadEngine"/> alone.</remarks>
internal abstract class LoadConnection(string clientId)
{
    private readonly MemoryStream _control = new();
    private byte[] _partialFrame = [];
    private int _partialBytes;
    private byte[] _sending = [];
    private int _sendingFrom;
    private int _sendingTo;

    /// <summary>The client_id of its Hello.</summary>
    public string ClientId { get; } = clientId;

    /// <summary>What the poller of its engine calls it.</summary>
    public int Index { get; set; }

    /// <summary>Whether the handshake is over and publishes may go out.</summary>
    public bool IsReady { get; protected set; }

    /// <summary>Whether the poller watches it for room to write.</summary>
    public bool WatchesWrites { get; set; }

    /// <summary>The publisher whose window this connection's answers open: itself, or the one that it follows.</summary>
    public abstract Publisher WindowOwner { get; }

    /// <summary>What must still come before the connection can be closed, for an error's text; null where nothing.</summary>
    public abstract string? Missing { get; }

    /// <summary>The bytes that wait for the socket.</summary>
    public ReadOnlySpan<byte> Unsent => _sending.AsSpan(_sendingFrom, _sendingTo - _sendingFrom);

    /// <summary>Puts the Hello in front of all else.</summary>
    public void Open() =>
        Queue(new Frame { Hello = new Hello { Version = 1, ClientId = ClientId, UserAgent = "wire-load" } });

    /// <summary>Moves the beginning of a frame whose end has not come to the start of a buffer.</summary>
    /// <returns>How many bytes it is.</returns>
    public int RestorePartialFrame(Span<byte> buffer)
    {
        _partialFrame.AsSpan(0, _partialBytes).CopyTo(buffer);
        return _partialBytes;
    }

    /// <summary>Takes received bytes, and keeps the beginning of a last frame that is not whole.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (DelimitedFrame.TryRead(bytes, ref position, out var frame))
        {
            if (!IsReady || !TryTake(frame))
                TakeOther(frame);
        }

        var rest = bytes[position..];
        if (rest.Length > _partialFrame.Length)
            _partialFrame = new byte[rest.Length * 2];
        rest.CopyTo(_partialFrame);
        _partialBytes = rest.Length;
    }

    /// <summary>Notes that the socket took bytes of <see cref="Unsent"/>.</summary>
    public void Sent(int bytes) => _sendingFrom += bytes;

    /// <summary>Fills <see cref="Unsent"/> with what is to be sent next.</summary>
    /// <param name="mayPublish">Whether new publishes may be among it.</param>
    /// <param name="nanoseconds">Now.</param>
    /// <returns>False where there is nothing to send.</returns>
    public bool TryFill(bool mayPublish, long nanoseconds)
    {
        if (_sendingFrom < _sendingTo)
            return true;
        if (_control.Length > 0)
        {
            SetUnsent(_control.ToArray(), 0, (int)_control.Length);
            _control.SetLength(0);
            return true;
        }

        return IsReady && mayPublish && TryFillPublishes(nanoseconds);
    }

    /// <summary>Takes an answer that comes at full rate; false for any other frame.</summary>
    protected abstract bool TryTake(ReadOnlySpan<byte> frame);

    /// <summary>Goes on with the handshake after a Welcome, or another frame that belongs to it.</summary>
    protected abstract bool TryTakeHandshake(Frame frame);

    /// <summary>Calls <see cref="SetUnsent"/> with new publishes, if there are any.</summary>
    protected virtual bool TryFillPublishes(long nanoseconds) => false;

    /// <summary>Says which bytes go out next; they must not change until they are sent.</summary>
    protected void SetUnsent(byte[] buffer, int start, int length)
    {
        _sending = buffer;
        _sendingFrom = start;
        _sendingTo = start + length;
    }

    /// <summary>Puts a frame behind what is being sent and in front of further publishes.</summary>
    protected void Queue(Frame frame) => frame.WriteDelimitedTo(_control);

    private void TakeOther(ReadOnlySpan<byte> bytes)
    {
        Frame frame;
        try
        {
            frame = Frame.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new LoadFailureException($"{ClientId}: the server sent a frame that is not a protobuf message.", e);
        }

        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ping:
                Queue(new Frame { Pong = new Pong { Nonce = frame.Ping.Nonce } });
                break;
            case Frame.BodyOneofCase.Error:
                var error = frame.Error;
                throw new LoadFailureException(
                    $"{ClientId}: the server refused with {error.Code} ({error.Detail}), "
                    + $"session '{error.SessionId}', publish_id {error.PublishId}.");
            case Frame.BodyOneofCase.GoAway:
                throw new LoadFailureException($"{ClientId}: the server sent GoAway ({frame.GoAway.Reason}).");
            default:
                if (!TryTakeHandshake(frame))
                    throw new LoadFailureException($"{ClientId}: the server sent an unexpected {frame.BodyCase}.");
                break;
        }
    }
}
