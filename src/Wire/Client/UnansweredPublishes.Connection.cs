using System.Buffers;
using System.Runtime.InteropServices;
using Wire.Protocol;

namespace Wire.Client;

// What a connection does with them: opens, writes what is due, is lost.
internal sealed partial class UnansweredPublishes
{
    /// <summary>
    /// Writes what is due, until <paramref name="output"/> holds <paramref name="limit"/> bytes. True where more is due.
    /// </summary>
    public bool WriteTo(ArrayBufferWriter<byte> output, int limit, int maxFrameBytes)
    {
        List<PendingPublish>? tooLarge = null;
        bool more;
        lock (_gate)
        {
            while (IsDueUnsynchronized && output.WrittenCount < limit)
            {
                var session = _line.First!.Value;
                _line.RemoveFirst();
                WriteTurnUnsynchronized(session, output, limit, maxFrameBytes, ref tooLarge);
                PlaceUnsynchronized(session);
            }
            more = IsDueUnsynchronized;
        }

        if (tooLarge is not null)
        {
            foreach (var publish in tooLarge)
            {
                _queue?.Removed(publish.Session.Utf8, publish.PublishId);
                publish.SetException(TooLarge(publish.Session.SessionId, publish.PublishId, maxFrameBytes));
            }
        }
        return more;
    }

    /// <summary>
    /// A connection is open whose server takes frames of that size. No loop of it runs yet. What waits and is longer is refused.
    /// </summary>
    public void Connected(int maxFrameBytes)
    {
        lock (_gate)
        {
            _maxFrameBytes = maxFrameBytes;
            foreach (var session in _sessions.Values)
            {
                for (var i = session.Count - 1; i >= 0; i--)
                {
                    if (session[i].Pipeline is null || PublishFrame.BodyBytes(session[i].FrameBytes) <= maxFrameBytes)
                        continue;
                    var entry = session[i];
                    session.RemoveWaiting(i);
                    _waiting--;
                    _settled.Add(Settlement.Of(ref entry, TooLarge(session.SessionId, entry.PublishId, maxFrameBytes)));
                    SettleUnsynchronized(ref entry);
                }
                PlaceUnsynchronized(session);
            }
        }
        foreach (ref readonly var settlement in CollectionsMarshal.AsSpan(_settled))
            _queue?.Removed(settlement.Pipeline!.Session.Utf8, settlement.Answer.LastPublishId);
        TellSettled();
        AnswersTaken();
    }

    /// <summary>Puts everything that was on the wire back in line: it is to be sent again.</summary>
    public void ConnectionLost()
    {
        lock (_gate)
        {
            _waiting += _onTheWire;
            _onTheWire = 0;
            foreach (var session in _sessions.Values)
            {
                for (var i = 0; i < session.Sent; i++)
                    _waitingCalls += session[i].Call is null ? 0 : 1;
                session.MarkAllUnsent();
                PlaceUnsynchronized(session);
            }
        }
    }

    private void WriteTurnUnsynchronized(
        SessionPublishes session,
        ArrayBufferWriter<byte> output,
        int limit,
        int maxFrameBytes,
        ref List<PendingPublish>? tooLarge)
    {
        for (var i = 0; i < TurnLength; i++)
        {
            if (_onTheWire == _maxUnanswered || output.WrittenCount >= limit || !session.HasNextToSend)
                return;

            _waiting--;
            ref var entry = ref session[session.Sent];
            if (entry.Call is { } publish)
            {
                _waitingCalls--;
                if (!PublishFrame.TryWrite(output, publish, maxFrameBytes))
                {
                    session.RemoveWaiting(session.Sent);
                    if (!publish.IsSettled)
                        (tooLarge ??= []).Add(publish);
                    publish.IsSettled = true;
                    continue;
                }
            }
            else
            {
                output.Write(new ReadOnlySpan<byte>(entry.Block!.Bytes, entry.FrameOffset, entry.FrameBytes));
            }
            session.MarkSent(ref entry);
            _onTheWire++;
        }
    }

    private static WirePublishException TooLarge(string sessionId, ulong publishId, int maxFrameBytes) => new(
        ErrorCode.FrameTooLarge,
        $"The publish is longer than the server's limit of {maxFrameBytes} bytes a frame; it was not sent.",
        sessionId,
        publishId);
}
