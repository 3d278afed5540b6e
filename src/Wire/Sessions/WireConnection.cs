using System.Text;
using Wire.Protocol;
using Wire.Subscriptions;

namespace Wire.Sessions;

/// <summary>
/// A producer that is connected: who it is, where its answers go, and whether it still counts. Thread-safe.
/// </summary>
internal sealed class WireConnection
{
    private readonly WireEngine _engine;
    private readonly Lock _lock = new();
    private int _marked;
    private int _unanswered;
    private int _fetches;
    private TaskCompletionSource? _answered;
    private OutputPump? _pump;

    public WireConnection(WireEngine engine, long id, string clientId, Role role, IOutbox outbox)
    {
        _engine = engine;
        Id = id;
        ClientId = clientId;
        ClientIdUtf8 = Encoding.UTF8.GetBytes(clientId);
        Role = role;
        Outbox = outbox;
    }

    public long Id { get; }
    public string ClientId { get; }
    public byte[] ClientIdUtf8 { get; }
    public Role Role { get; }
    public IOutbox Outbox { get; }
    public WireEngine Engine => _engine;

    /// <summary>What takes its frames; null until it has one.</summary>
    public ConnectionIntake? Intake { get; set; }

    /// <summary>
    /// Whether nothing more of this connection may be stored: it was taken over or refused fatally. Whoever refuses marks it
    /// before the next publish is taken.
    /// </summary>
    public bool IsMarked => Volatile.Read(ref _marked) != 0;

    /// <summary>The fetches that were taken and not answered yet.</summary>
    public int FetchesInHand => Volatile.Read(ref _fetches);

    public void Mark() => Volatile.Write(ref _marked, 1);

    /// <summary>Marks the connection and ends it with <paramref name="error"/>.</summary>
    public void Abort(Error error)
    {
        Mark();
        Outbox.Abort(error);
    }

    /// <summary>Notes frames that will be answered; called before they are dispatched.</summary>
    public void Expect(int answers) => Interlocked.Add(ref _unanswered, answers);

    public void Answered(int answers)
    {
        if (Interlocked.Add(ref _unanswered, -answers) == 0)
            Signal();
    }

    public void FetchTaken() => Interlocked.Increment(ref _fetches);

    public void FetchAnswered()
    {
        Interlocked.Decrement(ref _fetches);
        Intake?.OnRoom();
    }

    /// <summary>
    /// Completes once everything that was dispatched is answered, which is when the answers are in the outbox. Nothing is
    /// dispatched any more while this is awaited.
    /// </summary>
    public Task WhenAnsweredAsync(CancellationToken cancellationToken)
    {
        Task task;
        lock (_lock)
        {
            _answered ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            task = _answered.Task;
        }
        if (Volatile.Read(ref _unanswered) == 0)
            Signal();
        return task.WaitAsync(cancellationToken);
    }

    /// <summary>The outbox has room again after it refused.</summary>
    public void OnOutboxDrained() => _pump?.Schedule();

    /// <summary>The outbox takes nothing any more: nobody waits for what it would have taken.</summary>
    public void OnOutboxClosed()
    {
        _pump?.Schedule();
        Intake?.OnRoom();
    }

    /// <summary>What feeds this connection from the log.</summary>
    public OutputPump Pump
    {
        get
        {
            if (_pump is null)
                Interlocked.CompareExchange(ref _pump, new OutputPump(this), null);
            return _pump;
        }
    }

    private void Signal()
    {
        lock (_lock)
            _answered?.TrySetResult();
    }
}
