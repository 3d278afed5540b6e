using System.Collections.Concurrent;
using Wire.Protocol;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions.Model;

/// <summary>
/// Looks at each frame at the moment at which it is written: no answer leaves before what it says holds, and nobody is shown
/// what a crash can take back.
/// </summary>
internal sealed class WriteReferee(VolatileLog log)
{
    public ConcurrentQueue<string> Violations { get; } = [];

    public void Check(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ack:
                CheckAck(frame.Ack);
                break;
            case Frame.BodyOneofCase.Error when frame.Error.Code == ErrorCode.Conflict:
                CheckDurable(frame, frame.Error.SessionId, frame.Error.HeadSequence);
                break;
            case Frame.BodyOneofCase.Subscribed:
                CheckDurable(frame, frame.Subscribed.SessionId, frame.Subscribed.HeadSequence);
                break;
            case Frame.BodyOneofCase.Message:
                CheckMessage(frame, frame.Message);
                break;
            case Frame.BodyOneofCase.Page:
                CheckDurable(frame, frame.Page.SessionId, frame.Page.HeadSequence);
                foreach (var message in frame.Page.Messages)
                    CheckMessage(frame, message);
                break;
        }
    }

    private void CheckAck(Ack ack)
    {
        var first = ack.Duplicate ? ack.Sequence : ack.Sequence - ack.Count + 1;
        for (var sequence = first; sequence <= ack.Sequence; sequence++)
        {
            var stored = log.Find(ack.SessionId, sequence);
            if (stored is null)
                Violations.Enqueue($"{ack} names {sequence}, which is not in the log");
            else if (ack.Durability == Durability.Disk && stored.End > log.DurableAddress)
                Violations.Enqueue($"{ack} names {sequence}, which is not on stable storage");
            else if (!ack.Duplicate && stored.Durability != (int)ack.Durability)
                Violations.Enqueue($"{ack} names {sequence}, which has level {stored.Durability}");
        }
    }

    private void CheckDurable(Frame frame, string session, ulong sequence)
    {
        if (sequence != 0 && (log.Find(session, sequence) is not { } stored || stored.End > log.DurableAddress))
            Violations.Enqueue($"{frame} names {sequence}, which is not on stable storage");
    }

    private void CheckMessage(Frame frame, Message message)
    {
        CheckDurable(frame, message.SessionId, message.Sequence);
        if (log.Find(message.SessionId, message.Sequence) is not { } stored || stored.Sender != message.Sender
            || stored.PublishId != message.PublishId || !message.Payload.Span.SequenceEqual(stored.Payload))
            Violations.Enqueue($"{message} is not what is stored");
    }
}
