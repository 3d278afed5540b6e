using Wire.Client;
using Wire.Log;
using Wire.Protocol;
using Wire.Storage.Indexing;

namespace Wire.Storage.Inspection;

/// <summary>What the log tells of one message.</summary>
internal sealed class LogTrace
{
    /// <summary>The message as readers get it; its time is when it was appended.</summary>
    public required ReceivedMessage Message { get; init; }

    /// <summary>The level that was asked for.</summary>
    public required Durability Level { get; init; }

    /// <summary>The record that it is in.</summary>
    public required StoredRecord Record { get; init; }

    /// <summary>Its place among the messages of that record, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>
    /// The first record that was written when this one was on stable storage: by its time at the latest. Null where none was.
    /// </summary>
    public StoredRecord? DurableBy { get; private set; }

    /// <summary>Whether the commit slot says that the record is on stable storage.</summary>
    public bool IsBelowSlot { get; private set; }

    /// <summary>The first message behind it, from a bot, that is in reply to it or to a later one.</summary>
    public ReceivedMessage? Answer { get; private set; }

    public StoredRecord? AnswerRecord { get; private set; }

    /// <summary>Finds a message of a session and what became of it; null where it is not in the log.</summary>
    /// <param name="path">The data folder.</param>
    /// <param name="keyFile">Its keys, or null.</param>
    /// <param name="session">The session's id.</param>
    /// <param name="isIt">Tells the message.</param>
    /// <param name="notRead">Records that were passed over because they are encrypted and there is no key.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="LogException">It is no data folder, or one that this program cannot read.</exception>
    public static LogTrace? Find(string path, string? keyFile, string session, Func<ReceivedMessage, bool> isIt, out long notRead, CancellationToken cancellationToken = default)
    {
        using var folder = InspectedFolder.Open(path, keyFile);
        var hash = SipHash.Compute(folder.Identity.HashSeed, System.Text.Encoding.UTF8.GetBytes(session));
        var log = new LogContinuity(folder, checksContent: false);
        LogTrace? trace = null;
        var passedOver = 0L;
        log.Run((record, range) =>
        {
            var header = new RecordHeader(range.Bytes(record));
            if (trace is { DurableBy: null } && header.DurableUntil >= trace.Record.End)
                trace.DurableBy = StoredRecord.Of(record, range);
            if (!record.IsOpen)
                passedOver++;
            else if (record.SessionHash == hash && header.Kind == RecordKind.Run)
                Look(record, range, header);
            return trace is not { DurableBy: not null, Answer: not null };
        }, cancellationToken);
        if (trace is not null)
            trace.IsBelowSlot = folder.Slot is { } slot && slot.UntilAddress >= trace.Record.End;
        notRead = passedOver;
        return trace;

        void Look(in ScannedRecord record, ScannedRange range, in RecordHeader header)
        {
            if (trace is not null && (Role)header.Role != Role.Bot)
                return;
            var messages = StoredRun.Messages(range.Bytes(record), range.File.Header?.NodeId ?? folder.Identity.NodeId);
            for (var i = 0; i < messages.Count; i++)
            {
                var (message, level) = messages[i];
                if (trace is null)
                {
                    if (isIt(message))
                        trace = new LogTrace { Message = message, Level = level, Record = StoredRecord.Of(record, range), Index = i };
                }
                else if (trace.Answer is null && message.InReplyTo >= trace.Message.Sequence && message.Sequence > trace.Message.Sequence)
                {
                    (trace.Answer, trace.AnswerRecord) = (message, StoredRecord.Of(record, range));
                }
            }
        }
    }
}
