using Wire.Log;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// Restores a session from the log, on a pool thread: its newest checkpoint, and the runs after it. The session belongs to the
/// loader until the worker gets it back.
/// </summary>
internal sealed class SessionLoader : WorkerSignal, IThreadPoolWorkItem
{
    // Where logs begin: one whose oldest address is no higher has retired nothing.
    private const long AddressesNeverRetired = 64;

    private readonly Session _session;
    private readonly SessionWorker _worker;
    private readonly IMessageLog _log;
    private Exception? _exception;

    private SessionLoader(Session session, SessionWorker worker, IMessageLog log)
    {
        _session = session;
        _worker = worker;
        _log = log;
    }

    /// <summary>Begins to load; the worker is told when it is done.</summary>
    public static void Start(Session session, SessionWorker worker, IMessageLog log) =>
        ThreadPool.UnsafeQueueUserWorkItem(new SessionLoader(session, worker, log), preferLocal: false);

    void IThreadPoolWorkItem.Execute()
    {
        try
        {
            _session.IsDamaged = !TryLoad(_session, _log);
        }
        catch (Exception exception)
        {
            _session.IsDamaged = true; // a record that was written otherwise than this code reads it
            _exception = exception;
        }
        _worker.Post(this);
    }

    /// <inheritdoc />
    public override void Run(SessionWorker worker) => worker.OnLoaded(_session, _exception);

    /// <summary>Restores what the log has of a session: nothing where it has none. False where its records are damaged.</summary>
    internal static bool TryLoad(Session session, IMessageLog log)
    {
        using var reader = log.OpenReader();
        while (true)
        {
            var begin = log.BeginAddress;
            if (FindNewest(session.Id, log, reader, out var isLost) is not 0 and var newest)
            {
                session.IndexedAddress = newest;
                return TryRestore(session, log, reader, newest);
            }
            // What was found may have been another session's of the same hash, and have left the log before it was read: then the
            // log finds by now what has come in its place.
            if (!isLost || log.BeginAddress == begin)
                return !isLost;
        }
    }

    // Of a session that was forgotten and began again both may be found, where a process ended before its old records were gone:
    // the newest is the one that goes on.
    private static long FindNewest(byte[] id, IMessageLog log, ILogReader reader, out bool isLost)
    {
        var newest = 0L;
        isLost = false;
        for (var attempt = 0; log.TryFind(id, attempt, out var address); attempt++)
        {
            var status = reader.Read(address, out var record);
            if (status != LogReadStatus.Found)
                isLost = true; // what needs a record is never retired with it
            else if (new RecordHeader(record).SessionId.SequenceEqual(id))
                newest = Math.Max(newest, address);
        }
        return newest;
    }

    /// <summary>Notes each message of a run for what handlers need.</summary>
    internal static void NoteMessages(ref NewestOfKind newest, ReadOnlySpan<byte> record)
    {
        var header = new RecordHeader(record);
        var role = (Role)header.Role;
        var messages = new RunReader(record);
        var message = default(RunMessage);
        while (messages.MoveNext(ref message))
            newest.Note(message.Sequence, role, header.ClientId, (PayloadKind)message.Kind, message.Payload);
    }

    private static bool TryRestore(Session session, IMessageLog log, ILogReader reader, long tail)
    {
        // Back from the newest record to the newest checkpoint, or to the oldest record where there is none.
        var runs = new Stack<long>();
        var newest = default(SessionCheckpoint);
        var checkpointLink = default(SessionChain.Link);
        var isCut = false;
        for (var address = tail; address != 0;)
        {
            var status = reader.Read(address, out var record);
            isCut = status == LogReadStatus.Retired;
            if (isCut)
                break;
            if (status != LogReadStatus.Found)
                return false;
            var header = new RecordHeader(record);
            if (header.Kind == RecordKind.SessionCheckpoint)
            {
                newest = SessionCheckpoint.Parser.ParseFrom(header.Body);
                checkpointLink = new SessionChain.Link(header.RunNumber, address);
                break;
            }
            runs.Push(address);
            address = header.Previous;
        }

        if (newest is not null)
            Apply(session, newest, checkpointLink);
        else if (isCut)
            return false; // a log retires nothing that its sessions need
        while (runs.TryPop(out var address))
        {
            if (reader.Read(address, out var record) != LogReadStatus.Found || !TryApply(session, record, address))
                return false;
        }
        session.DurableHead = session.Head;
        session.DurableTail = session.Chain.Tail;
        if (log.BeginAddress > AddressesNeverRetired)
            FindFirst(session, reader);
        return true;
    }

    // The oldest record that is there: a checkpoint before it may have named one that was retired since.
    private static void FindFirst(Session session, ILogReader reader)
    {
        ReadOnlySpan<byte> record = default;
        var walk = new ChainWalk(reader, new ChainPath(session.Chain.Tail));
        var status = walk.Seek(0);
        if (status == LogReadStatus.Found)
            status = walk.Next(0, out record);
        // Where that is damaged, what the checkpoint says is as good: the read that comes there says so.
        if (status == LogReadStatus.Found)
            session.First = new RecordHeader(record).FirstSequence;
        else if (status == LogReadStatus.Retired)
            session.First = session.Head + 1;
    }

    private static void Apply(Session session, SessionCheckpoint checkpoint, SessionChain.Link link)
    {
        session.Head = checkpoint.HeadSequence;
        session.First = checkpoint.FirstSequence;
        session.LastPackedId = checkpoint.LastPackedId;
        session.LastTimestamp = checkpoint.LastTimestampUnixNs;
        session.Newest = new NewestOfKind
        {
            Handover = checkpoint.NewestHandover,
            Giveback = checkpoint.NewestGiveback,
            AgentMessage = checkpoint.NewestAgentMessage,
            VisitorMessage = checkpoint.NewestVisitorMessage,
            StateEvent = checkpoint.NewestStateEvent,
            StateEventPayload = checkpoint.StateEvent.IsEmpty ? null : checkpoint.StateEvent.ToByteArray(),
        };
        foreach (var ancestor in checkpoint.Ancestors)
            session.Chain.Push(new SessionChain.Link(ancestor.RunNumber, ancestor.Address));
        session.Chain.Append(link.Address, isCheckpoint: true);
        foreach (var producer in checkpoint.Producers)
            session.Producers.Store(null, producer.ClientId.ToByteArray(), producer.PublishId, producer.Sequence);
    }

    private static bool TryApply(Session session, ReadOnlySpan<byte> record, long address)
    {
        var header = new RecordHeader(record);
        if (header.RunNumber != session.Chain.RunNumber + 1 || header.FirstSequence != session.Head + 1)
            return false;
        if (header.Kind != RecordKind.Run || header.Count <= 0)
            return false;
        var messages = new RunReader(record);
        var message = default(RunMessage);
        var lastId = session.LastPackedId;
        while (messages.MoveNext(ref message))
            lastId = message.PackedId;
        if (messages.IsBroken)
            return false;
        NoteMessages(ref session.Newest, record);
        if (session.First == 0)
            session.First = header.FirstSequence;
        session.Head = header.LastSequence;
        session.LastPackedId = lastId;
        session.LastTimestamp = header.Timestamp;
        var clientId = header.ClientId.ToArray();
        session.Producers.Store(session.Producers.Find(clientId), clientId, message.PublishId, session.Head);
        session.Chain.Append(address, isCheckpoint: false);
        return true;
    }
}
