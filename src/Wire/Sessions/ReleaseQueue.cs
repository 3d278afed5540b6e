using System.Runtime.CompilerServices;

namespace Wire.Sessions;

/// <summary>
/// The worker's queue behind the gate, first in, first out: a ring that gives references, so that nothing is copied in or out.
/// It is bounded by what the log can hold unflushed, since each entry goes with a record or with an unanswered frame.
/// </summary>
internal sealed class ReleaseQueue
{
    private PendingRelease[] _entries = new PendingRelease[256];
    private int _head;

    // Of the oldest entry. Positions rise by one from entry to entry and begin at 1.
    private long _firstPosition = 1;

    public int Count { get; private set; }

    /// <summary>The position of the newest entry.</summary>
    public long LastPosition => _firstPosition + Count - 1;

    /// <summary>The oldest entry. The queue must not be empty.</summary>
    public ref PendingRelease First => ref _entries[_head];

    /// <summary>The newest entry; a null reference where there is none.</summary>
    public ref PendingRelease LastOrNull =>
        ref Count == 0 ? ref Unsafe.NullRef<PendingRelease>() : ref _entries[(_head + Count - 1) & (_entries.Length - 1)];

    /// <summary>The entry at a position, which must be in the queue.</summary>
    public ref PendingRelease At(long position) => ref _entries[(_head + (int)(position - _firstPosition)) & (_entries.Length - 1)];

    /// <summary>Adds an entry, cleared.</summary>
    public ref PendingRelease Add()
    {
        if (Count == _entries.Length)
            Grow();
        ref var entry = ref _entries[(_head + Count++) & (_entries.Length - 1)];
        entry = default;
        return ref entry;
    }

    public void RemoveFirst()
    {
        _entries[_head] = default;
        _head = (_head + 1) & (_entries.Length - 1);
        _firstPosition++;
        Count--;
    }

    private void Grow()
    {
        var larger = new PendingRelease[_entries.Length * 2];
        var first = _entries.Length - _head;
        Array.Copy(_entries, _head, larger, 0, first);
        Array.Copy(_entries, 0, larger, first, _head);
        _entries = larger;
        _head = 0;
    }
}
