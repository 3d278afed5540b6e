using Wire.Log;

namespace Wire.Sessions;

/// <summary>
/// What a session remembers of its producers: the highest publish_id stored of each and the sequence of its newest message.
/// It holds those that stored last, up to a bound; the server's own (client ids with <c>$</c>) always stay.
/// </summary>
internal sealed class ProducerTable(int capacity)
{
    // Most sessions have two producers: a scan of so few beats a dictionary in time and memory.
    private const int ScannedUpTo = 8;

    private readonly List<Producer> _producers = [];
    private Dictionary<byte[], Producer>? _byId;
    private int _servers;

    public int Count => _producers.Count;

    /// <summary>All of them, in no order. Valid until the next change.</summary>
    public ReadOnlySpan<Producer> All => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_producers);

    public Producer? Find(ReadOnlySpan<byte> clientId)
    {
        if (_byId is not null)
            return _byId.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(clientId, out var found) ? found : null;
        foreach (var producer in _producers)
        {
            if (clientId.SequenceEqual(producer.ClientId))
                return producer;
        }
        return null;
    }

    /// <summary>Notes that a producer stored; it is remembered from now on, in place of the one that stored longest ago.</summary>
    public Producer Store(Producer? producer, byte[] clientId, ulong publishId, ulong sequence)
    {
        producer ??= Add(clientId);
        producer.PublishId = publishId;
        producer.Sequence = sequence;
        return producer;
    }

    private Producer Add(byte[] clientId)
    {
        var producer = new Producer(clientId);
        if (producer.IsServer)
            _servers++;
        else if (_producers.Count - _servers >= capacity)
            RemoveOldest();
        _producers.Add(producer);
        if (_byId is not null)
            _byId.Add(clientId, producer);
        else if (_producers.Count > ScannedUpTo)
            _byId = _producers.ToDictionary(p => p.ClientId, SessionIdComparer.Instance);
        return producer;
    }

    // A scan of the table, but only where a new producer comes to a session that has reached the bound.
    private void RemoveOldest()
    {
        var oldest = -1;
        for (var i = 0; i < _producers.Count; i++)
        {
            if (!_producers[i].IsServer && (oldest < 0 || _producers[i].Sequence < _producers[oldest].Sequence))
                oldest = i;
        }
        var producer = _producers[oldest];
        producer.IsForgotten = true;
        _byId?.Remove(producer.ClientId);
        _producers.RemoveAt(oldest);
    }

    internal sealed class Producer(byte[] clientId)
    {
        public readonly byte[] ClientId = clientId;
        public readonly bool IsServer = clientId.Length > 0 && clientId[0] == (byte)'$';
        public ulong PublishId;

        /// <summary>Of its newest message.</summary>
        public ulong Sequence;

        /// <summary>Whether the table let go of it: whoever kept a reference looks it up again.</summary>
        public bool IsForgotten;
    }
}
