namespace Wire.Log;

/// <summary>
/// A log in memory, for tests of embedders and for services whose messages may go with the process: what is appended is
/// final at once, DISK cannot be asked for, and nothing survives the process. Thread-safe.
/// </summary>
/// <remarks>
/// It keeps every record until it holds <see cref="CapacityBytes"/>; from then on publishes are refused with
/// STORAGE_UNAVAILABLE, as on a full disk, and reads go on.
/// </remarks>
public sealed class InMemoryMessageLog : IMessageLog
{
    // Addresses are positions in chunks of one size, so that an address finds its chunk by a division.
    private const int ChunkBytes = 4 * 1024 * 1024;

    internal const long MinCapacityBytes = 2L * ChunkBytes;

    private const long FirstAddress = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], long> _newest = new(SessionIdComparer.Instance);
    private byte[]?[] _chunks = new byte[16][];
    private long _tail = FirstAddress;
    private bool _isFull;
    private ulong _sequence;

    /// <summary>A log that takes up to <paramref name="capacityBytes"/> of records.</summary>
    /// <param name="capacityBytes">Bytes, at least 8 MiB. Default: 1 GiB.</param>
    public InMemoryMessageLog(long capacityBytes = 1L << 30)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityBytes, MinCapacityBytes);
        CapacityBytes = capacityBytes;
    }

    /// <summary>The bytes of records that the log takes before it refuses.</summary>
    public long CapacityBytes { get; }

    /// <inheritdoc />
    public bool CanPromiseDisk => false;

    /// <inheritdoc />
    public int MaxRecordBytes => ChunkBytes - 4;

    /// <inheritdoc />
    public long LastMessageId => 0;

    /// <inheritdoc />
    public long DurableAddress => Volatile.Read(ref _tail);

    /// <inheritdoc />
    public long IndexedAddress => DurableAddress;

    /// <inheritdoc />
    public long BeginAddress => FirstAddress;

    /// <inheritdoc />
    public LogHealth Health => Volatile.Read(ref _isFull) ? LogHealth.Full : LogHealth.Healthy;

    /// <inheritdoc />
    public ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc />
    public AppendStatus Append(Span<byte> record, out long address, out long end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(record.Length, MaxRecordBytes);
        lock (_lock)
        {
            address = end = 0;
            var tail = _tail;
            var need = record.Length + sizeof(int);
            if (tail / ChunkBytes != (tail + need - 1) / ChunkBytes)
                tail = (tail / ChunkBytes + 1) * ChunkBytes; // a record never crosses chunks
            if (tail + need > CapacityBytes)
            {
                Volatile.Write(ref _isFull, true);
                return AppendStatus.Unavailable;
            }

            var chunk = (int)(tail / ChunkBytes);
            if (chunk == _chunks.Length)
                Array.Resize(ref _chunks, _chunks.Length * 2);
            var bytes = _chunks[chunk] ??= GC.AllocateUninitializedArray<byte>(ChunkBytes);

            RecordHeader.Seal(record, 0, 1, ++_sequence, tail);
            var at = (int)(tail % ChunkBytes);
            BitConverter.TryWriteBytes(bytes.AsSpan(at), record.Length);
            record.CopyTo(bytes.AsSpan(at + sizeof(int)));
            address = tail;
            end = tail + need;
            var header = new RecordHeader(record);
            if (header.SessionId.Length > 0)
                _newest.GetAlternateLookup<ReadOnlySpan<byte>>()[header.SessionId] = address;
            Volatile.Write(ref _tail, end);
            return AppendStatus.Appended;
        }
    }

    /// <inheritdoc />
    public void Flush()
    {
    }

    /// <inheritdoc />
    public ILogReader OpenReader() => new Reader(this);

    /// <inheritdoc />
    public bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address)
    {
        address = 0;
        lock (_lock)
            return attempt == 0 && _newest.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(sessionId, out address);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class Reader(InMemoryMessageLog log) : ILogReader
    {
        public LogReadStatus Read(long address, out ReadOnlySpan<byte> record)
        {
            record = default;
            // The address came out of Append or of a record: what it names was written before the tail was published.
            if (address < FirstAddress || address >= log.DurableAddress || log._chunks[address / ChunkBytes] is not { } bytes)
                return LogReadStatus.Damaged;
            var at = (int)(address % ChunkBytes);
            var length = BitConverter.ToInt32(bytes, at);
            if (length < RecordHeader.Size || length > ChunkBytes - at - sizeof(int))
                return LogReadStatus.Damaged;
            record = bytes.AsSpan(at + sizeof(int), length);
            return new RecordHeader(record).IsIntact ? LogReadStatus.Found : LogReadStatus.Damaged;
        }

        public void Dispose()
        {
        }
    }
}
