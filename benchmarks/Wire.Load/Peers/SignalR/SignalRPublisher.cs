using System.Buffers.Text;
using System.Text;
using Wire.Load.Engine;

namespace Wire.Load.Peers.SignalR;

/// <summary>Invokes the hub's method, each time in a WebSocket frame of its own, and checks that the completions come in order.</summary>
/// <remarks>Messages of the hub protocol end with 0x1E wherever frames end: the server puts many into one, or one into two.</remarks>
internal sealed class SignalRPublisher : PeerPublisher
{
    private const byte RecordEnd = 0x1E;
    private const int LongestRecord = 64 * 1024;

    // Ten digits for each id, so that all requests have one size.
    private const ulong FirstId = 1_000_000_000;
    private const int IdBytes = 10;

    // RFC 6455, section 7.4.1.
    private const int NormalClosure = 1000;

    private readonly LoadPlan _plan;
    private readonly WebSocketHandshake _handshake = new();
    private readonly MemoryStream _cutRecord = new();
    private ulong _nextId = FirstId;
    private ulong _nextAnswer = FirstId;
    private bool _isUpgraded;
    private bool _isClosing;
    private long _leftOfFrame;

    /// <summary>The publisher with a number.</summary>
    public SignalRPublisher(LoadPlan plan, int index)
        : base(plan, index, Encode) => _plan = plan;

    private static ReadOnlySpan<byte> InvocationBegin => "{\"type\":1,\"invocationId\":\""u8;

    private static ReadOnlySpan<byte> CompletionBegin => "{\"type\":3,\"invocationId\":\""u8;

    /// <inheritdoc/>
    public override void Open() => Queue(_handshake.Request(_plan.EndPoint, SignalRServer.Path));

    /// <summary>Closes the WebSocket. Without that the server aborts the connection, which may be met as a failure of it.</summary>
    public override void Close()
    {
        _isClosing = true;
        Queue(WebSocketFrame.Encode(WebSocketFrame.Close, [NormalClosure >> 8, NormalClosure & 0xFF], Random.Shared));
    }

    /// <inheritdoc/>
    protected override void Prepare(Span<byte> requests, int requestBytes)
    {
        Span<byte> id = stackalloc byte[IdBytes];
        var text = WebSocketFrame.PayloadOffset(requests);
        for (; !requests.IsEmpty; requests = requests[requestBytes..])
        {
            Utf8Formatter.TryFormat(_nextId++, id, out _);
            var mask = requests.Slice(text - WebSocketFrame.MaskBytes, WebSocketFrame.MaskBytes);
            for (var i = InvocationBegin.Length; i < InvocationBegin.Length + IdBytes; i++)
                requests[text + i] = (byte)(id[i - InvocationBegin.Length] ^ mask[i % WebSocketFrame.MaskBytes]);
        }
    }

    /// <inheritdoc/>
    protected override int TakeWhole(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        if (!_isUpgraded)
        {
            if (!_handshake.TryTake(bytes, ref position))
                return 0;
            _isUpgraded = true;
            Queue(WebSocketFrame.Encode(WebSocketFrame.Text, "{\"protocol\":\"json\",\"version\":1}\u001e"u8, Random.Shared));
        }

        while (true)
        {
            var part = (int)Math.Min(_leftOfFrame, bytes.Length - position);
            TakeText(bytes.Slice(position, part));
            position += part;
            _leftOfFrame -= part;
            if (_leftOfFrame > 0 || !TryTakeHead(bytes, ref position))
                return position;
        }
    }

    private static byte[] Encode(byte[] payload)
    {
        // Text of as many bytes: SignalR's JSON carries bytes as base64, a third longer.
        var text = string.Concat(payload.Select(b => (char)('a' + (b % 26))));
        return WebSocketFrame.Encode(
            WebSocketFrame.Text,
            [.. InvocationBegin, .. Encoding.ASCII.GetBytes($"{FirstId}\",\"target\":\"{nameof(MessageHub.Send)}\",\"arguments\":[\"{text}\"]}}"), RecordEnd],
            Random.Shared);
    }

    // A frame of text is then taken as it comes; one of control as a whole.
    private bool TryTakeHead(ReadOnlySpan<byte> bytes, ref int position)
    {
        var begin = position;
        if (!WebSocketFrame.TryReadHead(bytes, ref position, out var opcode, out var length))
            return false;
        if (opcode is WebSocketFrame.Text or WebSocketFrame.Continuation)
        {
            _leftOfFrame = length;
            return true;
        }

        if (bytes.Length - position < length)
        {
            position = begin;
            return false;
        }

        var control = bytes.Slice(position, (int)length);
        position += (int)length;
        switch (opcode)
        {
            case WebSocketFrame.Ping:
                Queue(WebSocketFrame.Encode(WebSocketFrame.Pong, control, Random.Shared));
                return true;
            case WebSocketFrame.Pong:
            case WebSocketFrame.Close when _isClosing:
                return true;
            default:
                throw new LoadFailureException($"{ClientId}: the server sent a WebSocket frame with opcode {opcode}.");
        }
    }

    private void TakeText(ReadOnlySpan<byte> text)
    {
        for (int end; (end = text.IndexOf(RecordEnd)) >= 0; text = text[(end + 1)..])
        {
            if (_cutRecord.Length == 0)
            {
                TakeRecord(text[..end]);
                continue;
            }

            _cutRecord.Write(text[..end]);
            TakeRecord(_cutRecord.GetBuffer().AsSpan(0, (int)_cutRecord.Length));
            _cutRecord.SetLength(0);
        }

        if (_cutRecord.Length + text.Length > LongestRecord)
            throw new LoadFailureException($"{ClientId}: the server sent a message that does not end.");
        _cutRecord.Write(text);
    }

    private void TakeRecord(ReadOnlySpan<byte> record)
    {
        if (IsReady && record.StartsWith(CompletionBegin))
            TakeCompletion(record);
        else if (!IsReady && record.SequenceEqual("{}"u8))
            IsReady = true;
        else if (!IsReady || !(IsPing(record) || (_isClosing && IsClose(record))))
            throw Unexpected(record);

        static bool IsPing(ReadOnlySpan<byte> record) => record.SequenceEqual("{\"type\":6}"u8);

        static bool IsClose(ReadOnlySpan<byte> record) => record.SequenceEqual("{\"type\":7}"u8);
    }

    // {"type":3,"invocationId":"7","result":null}; an error stands in the place of the result.
    private void TakeCompletion(ReadOnlySpan<byte> record)
    {
        var rest = record[CompletionBegin.Length..];
        if (!Utf8Parser.TryParse(rest, out ulong id, out var read) || id != _nextAnswer || !rest[read..].SequenceEqual("\",\"result\":null}"u8))
            throw Unexpected(record);
        _nextAnswer++;
        TakeAnswers(1);
    }

    private LoadFailureException Unexpected(ReadOnlySpan<byte> record) => new($"{ClientId}: the hub said '{Encoding.UTF8.GetString(record)}'.");
}
