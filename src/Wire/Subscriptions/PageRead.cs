using System.Buffers;
using System.Text;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Subscriptions;

/// <summary>One Fetch: reads its messages from the log and sends them as a Page.</summary>
internal sealed partial class PageRead(WireConnection connection, byte[] sessionId, ClientFetch fetch, bool isDamaged, StoredRange range) : PumpWork
{
    // The oldest of the session; retention may raise it while the page is read.
    private ulong _first = range.First;
    private byte[]? _frame;
    private int _start;
    private int _length;
    private Stage _stage;

    private enum Stage : byte
    {
        New,

        /// <summary>Some of its records are read.</summary>
        Walking,

        /// <summary>The frame is there.</summary>
        Built,

        /// <summary>Stored data is damaged.</summary>
        Failed,
    }

    private int Limit => fetch.Limit == 0 ? ProtocolLimits.DefaultPageMessages : (int)fetch.Limit;

    private int Budget => connection.Engine.Options.MaxFrameBytes + ProtocolLimits.ServerFrameExtraBytes - FrameWriter.MaxPageHeaderBytes;

    /// <inheritdoc />
    public override long NextAddress => _stage == Stage.Walking && _limit > 1 ? _address : 0; // a record has one message at least

    /// <inheritdoc />
    public override bool Step(ILogReader reader)
    {
        _stage = _stage switch
        {
            Stage.New when isDamaged => Stage.Failed,
            Stage.New => fetch.Backward ? BeginBackward(reader) : BuildForward(reader),
            Stage.Walking => StepBackward(reader),
            var over => over,
        };
        return _stage < Stage.Built;
    }

    /// <inheritdoc />
    public override void Forget()
    {
        if (_stage == Stage.Walking)
            _page.Dispose();
        if (_frame is not null)
            ArrayPool<byte>.Shared.Return(_frame);
        (_frame, _stage) = (null, Stage.New);
    }

    /// <inheritdoc />
    public override PumpResult Run(IOutbox outbox, ILogReader reader)
    {
        while (Step(reader))
        {
        }
        if (_frame is null)
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
        else
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

    private Stage BuildForward(ILogReader reader)
    {
        var messages = new ArrayBuffer(FrameWriter.MaxPageHeaderBytes);
        if (range.Head != 0 && !TryForward(reader, Limit, Budget, ref messages))
        {
            messages.Dispose();
            return Stage.Failed;
        }
        var size = messages.Length - FrameWriter.MaxPageHeaderBytes;
        Complete(messages.Detach(), FrameWriter.MaxPageHeaderBytes, size);
        return Stage.Built;
    }

    // The header is written last, right before the messages: it holds their length.
    private void Complete(byte[] bytes, int start, int size)
    {
        var (first, head) = range.Head == 0 ? (0UL, 0UL) : (_first, range.Head);
        _length = FrameWriter.PageSize(fetch.RequestId, sessionId.Length, first, head, size);
        _start = start - (_length - size);
        _frame = bytes;
        FrameWriter.WritePageHeader(_frame.AsSpan(_start), fetch.RequestId, sessionId, first, head, size);
    }

    private bool TryForward(ILogReader reader, int limit, int budget, ref ArrayBuffer messages)
    {
        var next = Math.Max(fetch.FromSequence, range.First);
        var walk = new ChainWalk(reader, new ChainPath(range.Tail));
        if (next > range.Head)
            return true;
        var status = walk.Seek(next);
        while (limit > 0 && next <= range.Head)
        {
            ReadOnlySpan<byte> record = default;
            if (status == LogReadStatus.Found)
                status = walk.Next(next, out record);
            if (status == LogReadStatus.Damaged)
                return false;
            OnOldest(status == LogReadStatus.Retired ? range.Head + 1 : new RecordHeader(record).FirstSequence, next);
            if (status == LogReadStatus.Retired)
                return true;
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

    // Where the oldest that is there comes after what was to come next, retention has overtaken the page.
    private void OnOldest(ulong oldest, ulong next)
    {
        if (oldest > next)
            _first = Math.Max(_first, oldest);
    }
}
