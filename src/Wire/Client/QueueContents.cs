using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>What a queue's file says when it is opened.</summary>
internal sealed class QueueContents
{
    private const byte Version = 1;

    private readonly List<(QueuedPublish Publish, long Offset, int Bytes)> _published = [];
    private readonly Dictionary<byte[], ulong> _answered = new(SessionIdComparer.Instance);
    private readonly HashSet<(string Session, ulong Id)> _removed = [];

    /// <summary>Up to there the file is whole; what is behind is a torn tail.</summary>
    public long Length { get; private set; }

    public ulong HighestId { get; private set; }

    /// <summary>Those that are unanswered, of each session in the order of their ids.</summary>
    public IEnumerable<(QueuedPublish Publish, long Offset, int Bytes)> Unanswered => _published
        .Where(entry => entry.Publish.PublishId > _answered.GetValueOrDefault(entry.Publish.SessionUtf8)
            && !_removed.Contains((Encoding.UTF8.GetString(entry.Publish.SessionUtf8), entry.Publish.PublishId)))
        .OrderBy(entry => entry.Publish.PublishId);

    public static byte[] Header(string clientId)
    {
        byte[] record = [.. new byte[QueueRecord.HeadBytes], Version, .. Encoding.UTF8.GetBytes(clientId)];
        QueueRecord.Seal(record, QueueRecordType.Header);
        return record;
    }

    /// <summary>Reads a file that is no empty one.</summary>
    /// <exception cref="WireQueueException">It is damaged, of another client, or no queue.</exception>
    public static QueueContents Read(byte[] file, string path, string clientId)
    {
        var contents = new QueueContents();
        var header = Header(clientId);
        if (file.Length < header.Length && header.AsSpan().StartsWith(file))
            return contents; // torn before anything was in it

        while (contents.Length < file.Length)
        {
            var at = (int)contents.Length;
            if (!QueueRecord.TryRead(file.AsSpan(at), out var type, out var body))
            {
                if (at == 0)
                    throw new WireQueueException(path, "it is no queue of a Wire client; it was left as it is.");
                if (QueueRecord.IsAnywhereIn(file.AsSpan(at + 1)))
                {
                    throw new WireQueueException(
                        path, $"it is damaged at byte {at}, and not at its end: move it away to go on without what it holds.");
                }
                return contents;
            }
            if (at == 0 && !file.AsSpan().StartsWith(header))
                throw new WireQueueException(path, $"it is the queue of another client than '{clientId}', or of another version.");
            var bytes = QueueRecord.HeadBytes + body.Length;
            contents.Take(type, file, at + QueueRecord.HeadBytes, body, bytes, path);
            contents.Length += bytes;
        }
        return contents;
    }

    private void Take(QueueRecordType type, byte[] file, int offset, ReadOnlySpan<byte> body, int bytes, string path)
    {
        switch (type)
        {
            case QueueRecordType.Header:
                break;
            case QueueRecordType.Publish:
                var publish = PublishOf(file, offset, body.Length)
                    ?? throw new WireQueueException(path, $"there is no publish at byte {offset} where one was written.");
                _published.Add((publish, Length, bytes));
                HighestId = Math.Max(HighestId, publish.PublishId);
                break;
            case QueueRecordType.Answered:
                var session = body[sizeof(ulong)..].ToArray();
                _answered[session] = Math.Max(_answered.GetValueOrDefault(session), IdOf(body));
                HighestId = Math.Max(HighestId, IdOf(body));
                break;
            case QueueRecordType.Removed:
                _removed.Add((Encoding.UTF8.GetString(body[sizeof(ulong)..]), IdOf(body)));
                break;
            case QueueRecordType.HighestId:
                HighestId = Math.Max(HighestId, IdOf(body));
                break;
            default:
                throw new WireQueueException(path, $"a record of type {(byte)type} at byte {offset}: it is of a later version.");
        }
    }

    private static ulong IdOf(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadUInt64LittleEndian(body);

    private static QueuedPublish? PublishOf(byte[] file, int offset, int length)
    {
        var scratch = new FrameScratch();
        var reader = new FrameReader(new ReadOnlySequence<byte>(file, offset, length), length, scratch);
        if (reader.Read(out var publish) != FrameStatus.Publish || reader.ConsumedBytes != length)
            return null;
        return new QueuedPublish(
            publish.Session.ToArray(),
            publish.PublishId,
            (Durability)publish.Durability,
            publish.HasExpectedHead,
            file.AsMemory(offset, length));
    }
}
