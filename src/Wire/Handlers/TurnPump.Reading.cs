using Wire.Client;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Subscriptions;

namespace Wire.Handlers;

// What turns are about, out of the log.
internal sealed partial class TurnPump
{
    private static readonly TimeSpan ResumePause = TimeSpan.FromMilliseconds(50);

    /// <summary>What <see cref="TryRead(byte[], in StoredRange, ulong, ulong, List{ReceivedMessage})"/> reads at most, but for a single larger message.</summary>
    private const int MaxReadBytes = 4 << 20;

    /// <summary>Reads messages of a session, the newest of them where they are too many bytes; false where its data is damaged. Not on a worker.</summary>
    public bool TryRead(byte[] sessionId, in StoredRange range, ulong first, ulong last, List<ReceivedMessage> messages) =>
        TryRead(sessionId, range, first, last, isUnanswered: false, int.MaxValue, MaxReadBytes, messages);

    /// <summary>Reads those of a visitor that a handler answers: no events, and none from before it was enabled.</summary>
    public bool TryReadUnanswered(byte[] sessionId, in StoredRange range, ulong first, int maxMessages, int maxBytes, List<ReceivedMessage> messages) =>
        TryRead(sessionId, range, first, range.Head, isUnanswered: true, maxMessages, maxBytes, messages);

    private bool TryRead(byte[] sessionId, in StoredRange range, ulong first, ulong last, bool isUnanswered, int maxMessages, int maxBytes,
        List<ReceivedMessage> messages)
    {
        if (first > last)
            return true;
        using var reader = Engine.Log.OpenReader();
        var walk = new ChainWalk(reader, new ChainPath(range.Tail));
        var status = walk.Seek(first);
        var session = System.Text.Encoding.UTF8.GetString(sessionId);
        var enabledAt = Volatile.Read(ref _enabledAt);
        var bytes = 0L;
        for (var next = first; next <= last;)
        {
            ReadOnlySpan<byte> record = default;
            if (status == LogReadStatus.Found)
                status = walk.Next(next, out record);
            if (status == LogReadStatus.Retired)
                return true; // none of it is there any more
            if (status != LogReadStatus.Found)
                return false;
            var header = new RecordHeader(record);
            var run = new RunReader(record);
            var message = default(RunMessage);
            string? sender = null;
            while (run.MoveNext(ref message))
            {
                next = message.Sequence + 1;
                if (message.Sequence < first || message.Sequence > last)
                    continue;
                if (isUnanswered && (header.Role != (byte)Role.Visitor || message.Kind == (int)PayloadKind.Event || message.PackedId <= enabledAt))
                    continue;
                bytes += message.Payload.Length;
                if (isUnanswered && (messages.Count == maxMessages || bytes > maxBytes && messages.Count > 0))
                    return true;
                while (bytes > maxBytes && messages.Count > 0)
                {
                    bytes -= messages[0].Payload.Length;
                    messages.RemoveAt(0);
                }
                messages.Add(new ReceivedMessage
                {
                    Id = new MessageId(MessageId.FromPacked((ulong)message.PackedId, Engine.Options.NodeId)),
                    SessionId = session,
                    Sequence = message.Sequence,
                    TimestampUnixNs = header.Timestamp,
                    Channel = (Channel)message.Channel,
                    Role = (Role)header.Role,
                    Sender = sender ??= System.Text.Encoding.UTF8.GetString(header.ClientId),
                    PublishId = message.PublishId,
                    Payload = message.Payload.ToArray(),
                    Kind = (PayloadKind)message.Kind,
                    InReplyTo = message.InReplyTo,
                    Finish = (Finish)message.Finish,
                });
            }
            if (run.IsBroken)
                return false;
        }
        return true;
    }

    // The sessions are loaded, and their workers see whether there is something to answer. No faster than turns are had.
    private async Task ResumeAsync(IReadOnlyCollection<long> addresses)
    {
        try
        {
            await Task.Yield();
            foreach (var address in addresses)
            {
                while (Volatile.Read(ref _waitingCount) > _options.MaxWaiting / 2)
                    await Task.Delay(ResumePause, Engine.Time, _stop.Token).ConfigureAwait(false);
                if (_stop.IsCancellationRequested)
                    return;
                if (SessionAt(address) is { } sessionId)
                    Engine.Workers[Engine.WorkerOf(sessionId)].Post(new LookSignal(sessionId));
            }
        }
        catch (OperationCanceledException)
        {
            // The stop: what is left is taken up after the next start.
        }
        catch (Exception exception)
        {
            Engine.Fault(exception);
        }
    }

    // Null where nothing wants an answer there.
    private byte[]? SessionAt(long address)
    {
        using var reader = Engine.Log.OpenReader();
        if (reader.Read(address, out var record) != LogReadStatus.Found)
            return null;
        var header = new RecordHeader(record);
        // What was said last before the handler was enabled needs no look: else the first start with one would load every session.
        return header.LastId <= Volatile.Read(ref _enabledAt) ? null : header.SessionId.ToArray();
    }

    /// <summary>Loads a session, and looks whether something in it wants an answer.</summary>
    private sealed class LookSignal(byte[] sessionId) : WorkerSignal
    {
        public override void Run(SessionWorker worker) => worker.LookForTurn(sessionId);
    }

    /// <summary>The mark that a handler answers from here on; stored once for each of them.</summary>
    private sealed class EnabledMark : LocalAppend
    {
        private readonly TaskCompletionSource<LocalAppendResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EnabledMark(byte[] clientId, Durability durability)
            : base(HandlersSession.ToArray(), clientId)
        {
            Role = Role.Bot;
            PublishId = 1;
            Durability = durability;
            Messages = [new LocalMessage("""{"type":"enabled"}"""u8.ToArray(), PayloadKind.Event)];
        }

        public Task<LocalAppendResult> Result => _result.Task;

        public override void Complete(SessionWorker worker, in LocalAppendResult result) => _result.TrySetResult(result);
    }
}
