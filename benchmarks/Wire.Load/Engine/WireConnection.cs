using Google.Protobuf;
using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>A connection of delimited Wire frames, with its handshake.</summary>
internal abstract class WireConnection(string clientId, SendWindow window) : LoadConnection(clientId, window)
{
    /// <summary>Puts the Hello in front of all else.</summary>
    public sealed override void Open() =>
        Queue(new Frame { Hello = new Hello { Version = 1, ClientId = ClientId, UserAgent = "wire-load" } });

    /// <inheritdoc/>
    protected sealed override int TakeWhole(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (DelimitedFrame.TryRead(bytes, ref position, out var frame))
        {
            if (!IsReady || !TryTake(frame))
                TakeOther(frame);
        }

        return position;
    }

    /// <summary>Takes an answer that comes at full rate; false for any other frame.</summary>
    protected abstract bool TryTake(ReadOnlySpan<byte> frame);

    /// <summary>Goes on with the handshake after a Welcome, or another frame that belongs to it.</summary>
    protected abstract bool TryTakeHandshake(Frame frame);

    /// <summary>Puts a frame behind what is being sent and in front of further publishes.</summary>
    protected void Queue(Frame frame)
    {
        using var bytes = new MemoryStream();
        frame.WriteDelimitedTo(bytes);
        Queue(bytes.ToArray());
    }

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
