using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Wire.Framing;
using Wire.Log;

namespace Wire.Client;

/// <summary>
/// The file of <see cref="WireClientOptions.Queue"/>: every publish from the call to its answer. Append-only; what is answered
/// is noted behind, and the file written anew once most of it is.
/// </summary>
/// <remarks>
/// A note of an answer may be lost: the publish is then sent once more, and the server knows it. So only publishes are ever
/// synced. Thread-safe, by <see cref="Gate"/>, which is held over writes; it may be held while the lock of
/// <see cref="UnansweredPublishes"/> is taken, never the other way round.
/// </remarks>
internal sealed class PublishQueue : IDisposable
{
    private const long MinBytesToCompact = 16 * 1024 * 1024;
    private const long MinEmptyBytesToCompact = 1024 * 1024;

    private readonly WireQueueOptions _options;
    private readonly byte[] _header;
    private readonly FileStream _lock;
    private readonly Dictionary<byte[], Queue<Live>> _live = new(SessionIdComparer.Instance);
    private readonly Dictionary<byte[], Queue<Live>>.AlternateLookup<ReadOnlySpan<byte>> _liveByUtf8;
    private SafeFileHandle _file;
    private long _length;
    private long _compactAt;
    private int _liveCount;
    private long _liveBytes;
    private ulong _highestId;
    private Exception? _failure;
    private IReadOnlyList<QueuedPublish> _recovered = [];

    private PublishQueue(WireQueueOptions options, string clientId, FileStream fileLock)
    {
        _options = options;
        _lock = fileLock;
        _header = QueueContents.Header(clientId);
        _liveByUtf8 = _live.GetAlternateLookup<ReadOnlySpan<byte>>();
        _file = File.OpenHandle(options.Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
    }

    /// <summary>Held from the giving of an id until the publish is in line, so that ids rise in both orders.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Gives what an earlier process has left, of each session in order; once.</summary>
    public IReadOnlyList<QueuedPublish> TakeRecovered()
    {
        var recovered = _recovered;
        _recovered = [];
        return recovered;
    }

    /// <summary>The highest id that was ever in it.</summary>
    public ulong HighestId => _highestId;

    /// <exception cref="WireQueueException">It is in use, damaged, of another client, or cannot be opened.</exception>
    public static PublishQueue Open(WireQueueOptions options, string clientId)
    {
        FileStream? fileLock = null;
        PublishQueue? queue = null;
        try
        {
            fileLock = new FileStream(
                options.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            queue = new PublishQueue(options, clientId, fileLock);
            queue.Recover(clientId);
            return queue;
        }
        catch (Exception exception)
        {
            queue?._file.Dispose();
            fileLock?.Dispose();
            if (exception is not (IOException or UnauthorizedAccessException))
                throw;
            var use = fileLock is null ? "another client uses it, or it cannot be opened" : "it cannot be read";
            throw new WireQueueException(options.Path, $"{use}: {exception.Message}", inner: exception);
        }
    }

    /// <summary>Writes a publish. It is in the file when this returns, and synced where that is asked for.</summary>
    /// <exception cref="WireQueueException">It is full, or cannot be written to.</exception>
    public void Add(in PublishView publish)
    {
        var bytes = QueueRecord.HeadBytes + FrameWriter.PublishSize(publish);
        lock (Gate)
        {
            if (_liveCount >= _options.MaxMessages || _liveBytes + bytes > _options.MaxBytes)
            {
                throw new WireQueueException(
                    _options.Path, $"the queue is full: {_liveCount} publishes with {_liveBytes} bytes are unanswered.", isFull: true);
            }

            var buffer = ArrayPool<byte>.Shared.Rent(bytes);
            try
            {
                FrameWriter.WritePublish(buffer.AsSpan(QueueRecord.HeadBytes), publish);
                var record = buffer.AsSpan(0, bytes);
                QueueRecord.Seal(record, QueueRecordType.Publish);
                var offset = _length;
                Append(record, _options.SyncEachPublish);
                Keep(publish.SessionId, new Live(publish.PublishId, offset, bytes));
                _highestId = Math.Max(_highestId, publish.PublishId);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>The publishes of a session up to that id are answered. Never throws: see the remarks.</summary>
    public void Answered(ReadOnlySpan<byte> session, ulong upTo)
    {
        lock (Gate)
        {
            if (!_liveByUtf8.TryGetValue(session, out var live))
                return;
            while (live.TryPeek(out var oldest) && oldest.PublishId <= upTo)
                Forget(live.Dequeue());
            if (live.Count == 0)
                _liveByUtf8.Remove(session);
            Note(QueueRecordType.Answered, session, upTo);
        }
    }

    /// <summary>That one publish will not be sent. Never throws.</summary>
    public void Removed(ReadOnlySpan<byte> session, ulong publishId)
    {
        lock (Gate)
        {
            if (!_liveByUtf8.TryGetValue(session, out var live))
                return;
            for (var i = live.Count; i > 0; i--)
            {
                var one = live.Dequeue();
                if (one.PublishId == publishId)
                    Forget(one);
                else
                    live.Enqueue(one);
            }
            if (live.Count == 0)
                _liveByUtf8.Remove(session);
            Note(QueueRecordType.Removed, session, publishId);
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            _failure ??= new ObjectDisposedException(nameof(WireClient));
            _file.Dispose();
            _lock.Dispose();
        }
    }

    private void Recover(string clientId)
    {
        File.Delete(NewPath);
        var bytes = new byte[RandomAccess.GetLength(_file)];
        for (var read = 0; read < bytes.Length;)
        {
            var more = RandomAccess.Read(_file, bytes.AsSpan(read), read);
            read += more > 0 ? more : throw new EndOfStreamException();
        }
        var contents = QueueContents.Read(bytes, _options.Path, clientId);
        RandomAccess.SetLength(_file, contents.Length);
        (_length, _highestId) = (contents.Length, contents.HighestId);
        if (_length == 0)
            Append(_header, sync: true);
        var recovered = new List<QueuedPublish>();
        foreach (var (publish, offset, length) in contents.Unanswered)
        {
            Keep(publish.SessionUtf8, new Live(publish.PublishId, offset, length));
            recovered.Add(publish);
        }
        _recovered = recovered;
    }

    private void Keep(ReadOnlySpan<byte> session, Live one)
    {
        if (!_liveByUtf8.TryGetValue(session, out var live))
            _live.Add(session.ToArray(), live = new Queue<Live>());
        live.Enqueue(one);
        _liveCount++;
        _liveBytes += one.Bytes;
    }

    private void Forget(Live one)
    {
        _liveCount--;
        _liveBytes -= one.Bytes;
    }

    private void Note(QueueRecordType type, ReadOnlySpan<byte> session, ulong id)
    {
        if (_failure is not null)
            return;
        Span<byte> record = stackalloc byte[QueueRecord.HeadBytes + sizeof(ulong) + session.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(record[QueueRecord.HeadBytes..], id);
        session.CopyTo(record[(QueueRecord.HeadBytes + sizeof(ulong))..]);
        QueueRecord.Seal(record, type);
        try
        {
            Append(record, sync: false);
            if (_length > _compactAt && _length > (_liveCount == 0 ? MinEmptyBytesToCompact : MinBytesToCompact + (4 * _liveBytes)))
                Compact();
        }
        catch (Exception exception) when (exception is WireQueueException or IOException or UnauthorizedAccessException)
        {
            // What was not noted or not written anew is no loss. The disk's fault comes out of the next publish.
            _compactAt = 2 * _length;
        }
    }

    private void Append(ReadOnlySpan<byte> record, bool sync)
    {
        if (_failure is ObjectDisposedException)
            throw _failure;
        if (_failure is not null)
            throw new WireQueueException(_options.Path, $"it failed before: {_failure.Message}", inner: _failure);
        try
        {
            RandomAccess.Write(_file, record, _length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            CutTail();
            throw new WireQueueException(_options.Path, $"it cannot be written to: {exception.Message}", inner: exception);
        }
        try
        {
            if (sync)
                RandomAccess.FlushToDisk(_file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Nobody knows what is on the disk now, and a second sync would not tell.
            CutTail();
            _failure = exception;
            throw new WireQueueException(_options.Path, $"it cannot be synced: {exception.Message}", inner: exception);
        }
        _length += record.Length;
    }

    /// <summary>Takes back what was written of a record, so that nothing comes behind half of one.</summary>
    private void CutTail()
    {
        try
        {
            RandomAccess.SetLength(_file, _length);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _failure ??= exception;
        }
    }

    /// <summary>Writes the file anew with what is unanswered, and puts it in the place of the old one once it is synced.</summary>
    private void Compact()
    {
        var file = File.OpenHandle(NewPath, FileMode.Create, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        try
        {
            var highest = new byte[QueueRecord.HeadBytes + sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(highest.AsSpan(QueueRecord.HeadBytes), _highestId);
            QueueRecord.Seal(highest, QueueRecordType.HighestId);
            RandomAccess.Write(file, _header, 0);
            RandomAccess.Write(file, highest, _header.Length);
            var length = (long)_header.Length + highest.Length;

            var moved = new Dictionary<byte[], Queue<Live>>(SessionIdComparer.Instance);
            foreach (var (session, live) in _live)
            {
                var places = moved[session] = new Queue<Live>(live.Count);
                foreach (var one in live)
                {
                    var record = new byte[one.Bytes];
                    if (RandomAccess.Read(_file, record, one.Offset) != record.Length || !QueueRecord.TryRead(record, out _, out _))
                        throw new IOException($"what was written at byte {one.Offset} cannot be read");
                    RandomAccess.Write(file, record, length);
                    places.Enqueue(one with { Offset = length });
                    length += one.Bytes;
                }
            }
            RandomAccess.FlushToDisk(file);
            File.Move(NewPath, _options.Path, overwrite: true);

            (_file, file) = (file, _file);
            _length = length;
            foreach (var (session, places) in moved)
                _live[session] = places;
        }
        finally
        {
            file.Dispose();
        }
    }

    private string NewPath => _options.Path + ".new";

    private readonly record struct Live(ulong PublishId, long Offset, int Bytes);
}
