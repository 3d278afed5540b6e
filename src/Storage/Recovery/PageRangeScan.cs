using System.Runtime.CompilerServices;
using Wire.Log;
using Wire.Storage.Encryption;
using Wire.Storage.Sessions;

namespace Wire.Storage.Recovery;

/// <summary>
/// The scan of some consecutive pages of one file. Since every page begins with an entry, ranges can be scanned at the same
/// time and joined in order. Within the range each record is intact, numbered one more than the one before, and of no lower
/// epoch; the scan ends where that is no longer so.
/// </summary>
internal sealed class PageRangeScan
{
    Found[] _found = new Found[1024];
    byte[]? _handler;

    /// <summary>Sessions' records, in the order of their addresses.</summary>
    public ReadOnlySpan<Found> Records => _found.AsSpan(0, RecordCount);

    public int RecordCount { get; private set; }

    /// <summary>Whether there was any record, of whatever kind.</summary>
    public bool IsEmpty => LastSequence == 0;

    public ulong FirstSequence { get; private set; }
    public ulong LastSequence { get; private set; }
    public uint FirstEpoch { get; private set; }
    public uint LastEpoch { get; private set; }
    public long LastMessageId { get; private set; }

    /// <summary>The address behind the last record, and that of the first.</summary>
    public long End { get; private set; }
    public long FirstAddress { get; private set; }

    /// <summary>Whether the scan came to the end of the range.</summary>
    public bool ReachedEnd { get; private set; }

    /// <summary>The record at which the scan ended because it cannot be decrypted; null where there was none.</summary>
    public (long Address, uint KeyId)? Unopened { get; private set; }

    /// <param name="pages">The pages of the file.</param>
    /// <param name="from">The address of the first of them that is to be scanned.</param>
    /// <param name="until">The address behind the last.</param>
    /// <param name="pageBytes">Bytes in a page.</param>
    /// <param name="opener">Decrypts.</param>
    /// <param name="index">Hashes the ids.</param>
    /// <param name="handler">The producer that answers visitors, or null.</param>
    public void Run(SegmentPages pages, long from, long until, int pageBytes, RecordOpener opener, SessionIndex index, byte[]? handler)
    {
        Reset();
        _handler = handler;
        for (var page = from; page < until; page += pageBytes)
        {
            if (!ScanPage(pages.Page(page), page == 0 ? (int)PageFraming.FirstAddress : 0, page, opener, index))
                return;
        }
        ReachedEnd = true;
    }

    // Whether the page ended in an orderly way. Optimised at once: unoptimised, the scan of a gigabyte takes almost twice as long,
    // and is over before the runtime would have come to it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    bool ScanPage(ReadOnlySpan<byte> page, int at, long pageAddress, RecordOpener opener, SessionIndex index)
    {
        var first = at;
        while (true)
        {
            var rest = page[at..];
            // A page without any record ends the log; only the first one can be too small for the record that came first.
            if (PageFraming.IsUnused(rest))
                return at > first || pageAddress == 0;
            if (!PageFraming.TryGetRecord(rest, out var record))
                return false;
            var header = new RecordHeader(record);
            if (!header.IsIntact)
                return false;
            if (LastSequence == 0)
            {
                (FirstSequence, FirstEpoch, FirstAddress) = (header.LogSequence, header.Epoch, pageAddress + at);
            }
            else if (header.LogSequence != LastSequence + 1 || header.Epoch < LastEpoch)
            {
                return false;
            }
            var address = pageAddress + at;
            var storedLength = record.Length;
            if (header.IsEncrypted)
            {
                if (!opener.TryOpen(record, out record))
                {
                    Unopened = (address, header.KeyId);
                    return false;
                }
                header = new RecordHeader(record);
            }
            (LastSequence, LastEpoch) = (header.LogSequence, header.Epoch);

            var sessionId = header.SessionId;
            if (sessionId.Length > 0)
            {
                LastMessageId = Math.Max(LastMessageId, header.LastId);
                var found = new Found(index.HashOf(sessionId), header.Previous, address, Speaker.Other, 0);
                Add(_handler is null ? found : WithSpeaker(found, header, record, _handler));
            }
            at += PageFraming.EntryBytes(storedLength);
            End = pageAddress + at;
        }
    }

    static Found WithSpeaker(in Found found, in RecordHeader header, ReadOnlySpan<byte> record, byte[] handler)
    {
        if (header.Kind != RecordKind.Run)
            return found;
        if (header.Role == (byte)Protocol.Role.Visitor)
            return found with { Speaker = Speaker.Visitor, Sequence = header.LastSequence };
        if (!header.ClientId.SequenceEqual(handler))
            return found;
        var run = new RunReader(record);
        var message = default(RunMessage);
        while (run.MoveNext(ref message))
        {
        }
        return found with { Speaker = Speaker.Handler, Sequence = message.PublishId };
    }

    void Reset()
    {
        RecordCount = 0;
        FirstSequence = LastSequence = 0;
        FirstEpoch = LastEpoch = 0;
        LastMessageId = 0;
        End = FirstAddress = 0;
        ReachedEnd = false;
        Unopened = null;
    }

    void Add(in Found found)
    {
        if (RecordCount == _found.Length)
            Array.Resize(ref _found, _found.Length * 2);
        _found[RecordCount++] = found;
    }

    /// <param name="Hash">Of the session's id.</param>
    /// <param name="Previous">The address of the session's record before it, 0 for none.</param>
    /// <param name="Address">Its own.</param>
    /// <param name="Speaker">Whose run it is, where a handler is known.</param>
    /// <param name="Sequence">Of a visitor's run the newest sequence, of the handler's the newest that it answers.</param>
    public readonly record struct Found(ulong Hash, long Previous, long Address, Speaker Speaker, ulong Sequence);
}
