namespace Wire.Client;

/// <summary>The newest of the ids that were put into it, so that a peer cannot fill it.</summary>
internal sealed class RecentIds
{
    private const int Capacity = 256;

    private readonly HashSet<ulong> _ids = [];
    private readonly Queue<ulong> _byAge = new();

    public bool Contains(ulong id) => _ids.Contains(id);

    public void Add(ulong id)
    {
        if (!_ids.Add(id))
            return;
        _byAge.Enqueue(id);
        if (_byAge.Count > Capacity)
            _ids.Remove(_byAge.Dequeue());
    }

    public void Clear()
    {
        _ids.Clear();
        _byAge.Clear();
    }
}
