using Wire.Transport.Connections;

namespace Wire.Transport.Output;

/// <summary>
/// The memory that all outboxes share, and the marks that follow from what is left of it. Thread-safe.
/// </summary>
internal sealed class OutboxBudget
{
    /// <summary>What may wait for each connection while more than half of the budget is used: enough for a round of acks.</summary>
    public const int PressedMark = 16 * 1024;

    private readonly long _limit;
    private readonly int _lowerMark;
    private readonly int _upperMark;
    private long _used;

    public OutboxBudget(TransportLimits limits, CoarseClock clock)
    {
        _limit = limits.BufferBytes;
        _upperMark = limits.OutboxBytes;
        _lowerMark = limits.OutboxBytes / 2;
        Clock = clock;
    }

    public CoarseClock Clock { get; }

    /// <summary>Called when a charge went over the limit, under an outbox's lock: it may only wake somebody.</summary>
    public Action? Exhausted { get; set; }

    public long Used => Volatile.Read(ref _used);

    /// <summary>How far the budget is overdrawn; 0 or less where it is not.</summary>
    public long Excess => Used - _limit;

    /// <summary>Where messages, pages and chunks stop.</summary>
    public int LowerMark => IsPressed ? Math.Min(PressedMark, _lowerMark) : _lowerMark;

    /// <summary>Where the connection's read loop stops.</summary>
    public int UpperMark => IsPressed ? Math.Min(PressedMark, _upperMark) : _upperMark;

    private bool IsPressed => Used > _limit / 2;

    public void Charge(int bytes)
    {
        if (Interlocked.Add(ref _used, bytes) > _limit)
            Exhausted?.Invoke();
    }

    public void Release(int bytes) => Interlocked.Add(ref _used, -bytes);
}
