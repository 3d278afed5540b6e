namespace Wire.Transport.Connections;

/// <summary>
/// The connections that are served, for whoever goes over all of them: the heartbeat, the drain. Eight bytes a connection.
/// Thread-safe.
/// </summary>
internal sealed class ConnectionTable(int maxConnections)
{
    private const int FirstSlots = 64;

    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private ClientConnection?[] _slots = new ClientConnection?[Math.Min(FirstSlots, maxConnections)];
    private int _used;
    private int _count;
    private TaskCompletionSource? _empty;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a connection, unless there are as many as there may be.</summary>
    public bool TryAdd(ClientConnection connection)
    {
        lock (_lock)
        {
            if (_count == maxConnections)
                return false;
            if (!_free.TryPop(out var slot))
            {
                slot = _used++;
                if (slot == _slots.Length)
                    Array.Resize(ref _slots, (int)Math.Min(2L * slot, maxConnections));
            }
            connection.Slot = slot;
            Volatile.Write(ref _slots[slot], connection);
            _count++;
            return true;
        }
    }

    public void Remove(ClientConnection connection)
    {
        lock (_lock)
        {
            _slots[connection.Slot] = null;
            _free.Push(connection.Slot);
            connection.Slot = ClientConnection.NoSlot;
            if (--_count == 0)
                _empty?.TrySetResult();
        }
    }

    /// <summary>
    /// The connections, in no order, without a lock: one that comes or goes meanwhile is seen or not.
    /// </summary>
    public Enumerator GetEnumerator() => new(Volatile.Read(ref _slots));

    /// <summary>Completes once there is no connection. To be asked for when no more are let in.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            if (_count == 0)
                return Task.CompletedTask;
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _empty.Task;
        }
    }

    internal struct Enumerator(ClientConnection?[] slots)
    {
        private int _next;

        public ClientConnection Current { get; private set; } = null!;

        public bool MoveNext()
        {
            while (_next < slots.Length)
            {
                if (Volatile.Read(ref slots[_next++]) is { } connection)
                {
                    Current = connection;
                    return true;
                }
            }
            return false;
        }
    }
}
