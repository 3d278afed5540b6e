using System.Text;
using Wire.Log;

namespace Wire.Tests.Log;

/// <summary>
/// Watches what is appended: each record must continue its session's chain, sequences, ids, timestamps and publish_ids. It
/// keeps what it saw, as the truth that answers are compared with. For one thread at a time.
/// </summary>
internal sealed class ChainReferee(bool remembersAllProducers)
{
    private readonly Dictionary<string, Line> _lines = [];
    private long _highestId;

    public IReadOnlyDictionary<string, Line> Sessions => _lines;

    /// <summary>Takes up a record that was just appended. Null where it is right, else what is wrong with it.</summary>
    public string? Take(ReadOnlySpan<byte> record, long address, long end)
    {
        var header = new RecordHeader(record);
        var session = Encoding.UTF8.GetString(header.SessionId);
        if (!_lines.TryGetValue(session, out var line))
            _lines.Add(session, line = new Line());
        var wrong = line.Check(header);
        if (header.Kind == RecordKind.Run)
            wrong ??= TakeMessages(line, record, header, end);
        line.Addresses.Add(address);
        if (header.Kind == RecordKind.SessionCheckpoint)
            line.Checkpoint = address;
        line.LastTimestamp = header.Timestamp;
        return wrong is null ? null : $"{session}, record {header.RunNumber}: {wrong}";
    }

    private string? TakeMessages(Line line, ReadOnlySpan<byte> record, RecordHeader header, long end)
    {
        string? wrong = null;
        var client = Encoding.UTF8.GetString(header.ClientId);
        var reader = new RunReader(record);
        var message = default(RunMessage);
        // The messages of one atomic append share their id.
        var isAtomic = (header.Flags & RecordHeader.FlagAtomic) != 0;
        while (reader.MoveNext(ref message))
        {
            if (message.Sequence != line.Head + 1)
                wrong ??= $"sequence {message.Sequence} after {line.Head}";
            if (message.PackedId <= line.LastId)
                wrong ??= $"id {message.PackedId} after {line.LastId}";
            if (remembersAllProducers && line.PublishIds.TryGetValue(client, out var before) && message.PublishId <= before
                && !(isAtomic && message.PublishId == before && message.Sequence > header.FirstSequence))
                wrong ??= $"publish_id {message.PublishId} of {client} after {before}";
            line.PublishIds[client] = message.PublishId;
            line.LastId = message.PackedId;
            _highestId = Math.Max(_highestId, message.PackedId);
            line.Messages.Add(new StoredMessage(message.Sequence, client, message.PublishId, message.PackedId, header.Timestamp,
                header.Role, message.Kind, message.Channel, message.Durability, message.InReplyTo, message.Payload.ToArray(), end));
        }
        if (reader.IsBroken || (ulong)line.Messages.Count != line.Head)
            wrong ??= "a broken body";
        return wrong;
    }

    /// <summary>The highest packed id that was appended.</summary>
    public long HighestId => _highestId;

    /// <summary>One session as it lies in the log.</summary>
    internal sealed class Line
    {
        /// <summary>Of its records, the one with number 1 first.</summary>
        public List<long> Addresses { get; } = [];
        public List<StoredMessage> Messages { get; } = [];
        public Dictionary<string, ulong> PublishIds { get; } = [];
        public long Checkpoint { get; set; }
        public long LastId { get; set; }
        public long LastTimestamp { get; set; }
        public ulong Head => (ulong)Messages.Count;

        public string? Check(RecordHeader header)
        {
            var number = Addresses.Count + 1L;
            var skip = number & (number - 1);
            if (header.RunNumber != number)
                return $"number {header.RunNumber} after {number - 1}";
            if (header.Previous != AddressOf(number - 1) || header.Skip != AddressOf(skip))
                return $"links to {header.Previous} and {header.Skip}, not {AddressOf(number - 1)} and {AddressOf(skip)}";
            if (header.Checkpoint != Checkpoint)
                return $"checkpoint {header.Checkpoint}, not {Checkpoint}";
            if (header.Timestamp < LastTimestamp)
                return $"timestamp {header.Timestamp} after {LastTimestamp}";
            return header.FirstSequence == Head + 1 ? null : $"first sequence {header.FirstSequence} after {Head}";
        }

        private long AddressOf(long number) => number == 0 ? 0 : Addresses[(int)number - 1];
    }
}
