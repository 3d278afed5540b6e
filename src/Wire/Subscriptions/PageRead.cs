using System.Buffers;
using System.Text;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>One Fetch: reads its messages from the log and sends them as a Page.</summary>
internal sealed class PageRead(WireConnection connection, byte[] sessionId, ClientFetch fetch, bool isDamaged, StoredRange range) : PumpWork
{
    private byte[]? _frame;
    private int _start;
    private int _length;

    /// <inheritdoc />
    public override PumpResult Run(IOutbox outbox)
    {
        if (_frame is null && !TryBuild())
        {
            outbox.WriteFrame(new Frame
            {
                Error = new Error
                {
                    Code = ErrorCode.DataLoss,
                    Detail = "stored data of the session is damaged",
                    SessionId = Encoding.UTF8.GetString(sessionId),
                    RequestId = fetch.RequestId,
                },
            });
        }
        else if (_frame is not null)
        {
            if (!outbox.TryWrite(_frame.AsSpan(_start, _length)))
                return PumpResult.Refused;
            ArrayPool<byte>.Shared.Return(_frame);
            _frame = null;
        }
        connection.FetchAnswered();
        connection.Answered(1);
        return PumpResult.Done;
    }

    private bool TryBuild()
    {
        if (isDamaged)
            return false;
        // The header is written last, right before the messages: it holds their length.
        var messages = new ArrayBuffer(FrameWriter.MaxPageHeaderBytes);
        var limit = fetch.Limit == 0 ? ProtocolLimits.DefaultPageMessages : (int)fetch.Limit;
        var budget = connection.Engine.Options.MaxFrameBytes + ProtocolLimits.ServerFrameExtraBytes - FrameWriter.MaxPageHeaderBytes;
        using var reader = connection.Engine.Log.OpenReader();
        var found = range.Head == 0
            || (fetch.Backward ? TryBackward(reader, limit, budget, ref messages) : TryForward(reader, limit, budget, ref messages));
        if (!found)
        {
            messages.Dispose();
            return false;
        }

        var size = messages.Length - FrameWriter.MaxPageHeaderBytes;
        var (first, head) = range.Head == 0 ? (0UL, 0UL) : (range.First, range.Head);
        var page = FrameWriter.PageSize(fetch.RequestId, sessionId.Length, first, head, size);
        _frame = messages.Detach();
        _start = FrameWriter.MaxPageHeaderBytes - (page - size);
        _length = page;
        FrameWriter.WritePageHeader(_frame.AsSpan(_start), fetch.RequestId, sessionId, first, head, size);
        return true;
    }

    private bool TryForward(ILogReader reader, int limit, int budget, ref ArrayBuffer messages)
    {
        var next = Math.Max(fetch.FromSequence, range.First);
        var walk = new ChainWalk(reader, new ChainPath(range.Tail));
        if (next > range.Head)
            return true;
        if (walk.Seek(next) != LogReadStatus.Found)
            return false;
        while (limit > 0 && next <= range.Head)
        {
            if (walk.Next(out var record) != LogReadStatus.Found)
                return false;
            var encoder = new MessageEncoder(record, connection.Engine.Options.NodeId);
            while (limit > 0 && encoder.MoveNext())
            {
                if (encoder.Sequence < next)
                    continue;
                if (encoder.FieldSize > budget && messages.Length > FrameWriter.MaxPageHeaderBytes)
                    return true;
                budget -= encoder.FieldSize;
                messages.Advance(encoder.WriteField(messages.Reserve(encoder.FieldSize)));
                next = encoder.Sequence + 1;
                limit--;
            }
            if (encoder.IsBroken)
                return false;
        }
        return true;
    }

    // The newest ones count, so the run's sizes are taken backwards first; then its records are written forward.
    private bool TryBackward(ILogReader reader, int limit, int budget, ref ArrayBuffer messages)
    {
        var last = fetch.FromSequence == 0 ? range.Head : Math.Min(fetch.FromSequence, range.Head);
        if (last < range.First)
            return true;
        var walk = new ChainWalk(reader, new ChainPath(range.Tail));
        if (walk.Seek(last) != LogReadStatus.Found || walk.Next(out var record) != LogReadStatus.Found)
            return false;

        var node = connection.Engine.Options.NodeId;
        var records = new Stack<long>();
        var address = walk.Address;
        var first = last + 1;
        var sizes = new Stack<int>();
        var isFull = false;
        while (!isFull)
        {
            records.Push(address);
            sizes.Clear();
            var encoder = new MessageEncoder(record, node);
            while (encoder.MoveNext() && encoder.Sequence <= last)
                sizes.Push(encoder.FieldSize);
            if (encoder.IsBroken)
                return false;
            while (sizes.TryPop(out var size))
            {
                isFull = limit == 0 || size > budget && first <= last;
                if (isFull)
                    break;
                budget -= size;
                limit--;
                first--;
            }
            address = new RecordHeader(record).Previous;
            if (isFull || limit == 0 || address == 0)
                break;
            var status = reader.Read(address, out record);
            if (status == LogReadStatus.Retired)
                break;
            if (status != LogReadStatus.Found)
                return false;
        }

        while (records.TryPop(out address))
        {
            if (reader.Read(address, out record) != LogReadStatus.Found)
                return false;
            var encoder = new MessageEncoder(record, node);
            while (encoder.MoveNext() && encoder.Sequence <= last)
            {
                if (encoder.Sequence >= first)
                    messages.Advance(encoder.WriteField(messages.Reserve(encoder.FieldSize)));
            }
        }
        return true;
    }
}
