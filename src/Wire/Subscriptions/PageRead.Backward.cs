using Wire.Framing;
using Wire.Log;
using Wire.Protocol;

namespace Wire.Subscriptions;

// The newest messages up to a sequence, record by record back: each is read once, and its messages are written in front of those
// that are there.
internal sealed partial class PageRead
{
    private BackwardBuffer _page;
    private long _address;
    private ulong _last;
    private ulong _oldest;
    private int _limit;
    private int _budget;

    // Finds the record to begin with.
    private Stage BeginBackward(ILogReader reader)
    {
        _page = new BackwardBuffer(FrameWriter.MaxPageHeaderBytes);
        (_limit, _budget) = (Limit, Budget);
        _last = fetch.FromSequence == 0 ? range.Head : Math.Min(fetch.FromSequence, range.Head);
        if (range.Head == 0 || _last < range.First)
            return EndBackward();
        _oldest = range.Head + 1;
        _address = range.Tail;
        if (_last != range.Head)
        {
            var walk = new ChainWalk(reader, new ChainPath(range.Tail));
            var status = walk.Seek(_last);
            ReadOnlySpan<byte> record = default;
            if (status == LogReadStatus.Found)
                status = walk.Next(_last, out record);
            if (status == LogReadStatus.Damaged)
                return Fail();
            var oldest = status == LogReadStatus.Retired ? range.Head + 1 : new RecordHeader(record).FirstSequence;
            OnOldest(oldest, _last);
            if (oldest > _last)
                return EndBackward();
            _address = walk.Address;
        }
        reader.Prefetch(_address);
        return Stage.Walking;
    }

    private Stage StepBackward(ILogReader reader)
    {
        var status = reader.Read(_address, out var record);
        if (status == LogReadStatus.Retired)
        {
            OnOldest(_oldest, 0);
            return EndBackward();
        }
        if (status != LogReadStatus.Found)
            return Fail();
        var header = new RecordHeader(record);
        if (!TryPrepend(record, out var isFull))
            return Fail();
        _oldest = header.FirstSequence;
        _address = header.Previous;
        return isFull || _limit == 0 || _address == 0 ? EndBackward() : Stage.Walking;
    }

    private Stage EndBackward()
    {
        var (start, size) = (_page.Start, _page.Length);
        Complete(_page.Detach(), start, size);
        return Stage.Built;
    }

    private Stage Fail()
    {
        _page.Dispose();
        return Stage.Failed;
    }

    // The newest messages of a run that there is room for; one at least where the page is empty.
    private bool TryPrepend(ReadOnlySpan<byte> record, out bool isFull)
    {
        isFull = false;
        var encoder = new MessageEncoder(record, connection.Engine.Options.NodeId);
        var (count, size, isWhole) = (0, 0, true);
        while (encoder.MoveNext() && (isWhole = encoder.Sequence <= _last))
        {
            count++;
            size += encoder.FieldSize;
        }
        if (encoder.IsBroken)
            return false;

        var isEmpty = _page.Length == 0;
        if (count == 1 && isWhole && (size <= _budget || isEmpty))
        {
            // As most are: what is to be written is at hand still.
            encoder.WriteField(_page.Prepend(size));
            _limit--;
            _budget -= size;
            return true;
        }

        encoder = new MessageEncoder(record, connection.Engine.Options.NodeId);
        while (count > 0 && (count > _limit || size > _budget && (count > 1 || !isEmpty)))
        {
            isFull = true;
            encoder.MoveNext();
            size -= encoder.FieldSize;
            count--;
        }
        _limit -= count;
        _budget -= size;
        if (count == 0)
            return true;
        var to = _page.Prepend(size);
        for (; count > 0; count--)
        {
            encoder.MoveNext();
            to = to[encoder.WriteField(to)..];
        }
        return true;
    }
}
