using System.Text;
using Google.Protobuf;
using Wire.Load.Frames;
using Wire.Load.Measurement;
using Wire.Protocol;

namespace Wire.Load.History;

/// <summary>
/// A connection that always has so many Fetches in hand, each for the newest messages of a session chosen at random, and checks
/// the Pages: each answers a Fetch that is in hand and has its session and as many messages as it should; every 64th is read
/// whole. Knows no socket calls. Used by one thread.
/// </summary>
internal sealed class FetchConnection
{
    private const int ReadWholeEvery = 64;
    private const int FrameBytes = 256;

    private readonly HistorySettings _settings;
    private readonly Random _random;
    private readonly byte[] _sending;
    private readonly InHand[] _inHand;
    private readonly Queue<int> _free = new();
    private byte[] _partial = [];
    private int _partialBytes;
    private int _sendingFrom;
    private int _sendingTo;
    private bool _isWelcome;

    /// <param name="settings">What is asked for.</param>
    /// <param name="number">0, 1, 2 …</param>
    public FetchConnection(HistorySettings settings, int number)
    {
        _settings = settings;
        _random = new Random(number);
        _sending = new byte[FrameBytes * (settings.InHand + 1)];
        _inHand = new InHand[settings.InHand];
        for (var i = 0; i < settings.InHand; i++)
            _free.Enqueue(i);
        var hello = new MemoryStream();
        new Frame { Hello = new Hello { Version = 1, ClientId = $"fetch-{number}", UserAgent = "wire-load" } }.WriteDelimitedTo(hello);
        _sendingTo = (int)hello.Length;
        hello.ToArray().CopyTo(_sending, 0);
    }

    /// <summary>Whether it has its Welcome.</summary>
    public bool IsReady => _isWelcome;

    /// <summary>Fetches that were answered.</summary>
    public long Answered { get; private set; }

    /// <summary>Whether nothing is in hand.</summary>
    public bool IsIdle => _free.Count == _inHand.Length;

    /// <summary>The bytes that wait for the socket.</summary>
    public ReadOnlySpan<byte> Unsent => _sending.AsSpan(_sendingFrom, _sendingTo - _sendingFrom);

    /// <summary>Notes that the socket took bytes of <see cref="Unsent"/>.</summary>
    public void Sent(int bytes) => _sendingFrom += bytes;

    /// <summary>Asks for as much as may be in hand. Only where nothing is unsent.</summary>
    public void Fill(long now)
    {
        _sendingFrom = _sendingTo = 0;
        while (_isWelcome && _free.TryDequeue(out var slot))
        {
            var session = _random.Next(_settings.Sessions);
            _inHand[slot] = new InHand(session, now);
            _sendingTo += WriteFetch(_sending.AsSpan(_sendingTo), slot, session);
        }
    }

    /// <summary>Moves the beginning of a frame whose end has not come to the start of a buffer; its bytes.</summary>
    public int RestorePartialFrame(Span<byte> buffer)
    {
        _partial.AsSpan(0, _partialBytes).CopyTo(buffer);
        return _partialBytes;
    }

    /// <summary>Takes received bytes.</summary>
    public void Receive(ReadOnlySpan<byte> bytes, long now, LatencyHistogram? histogram)
    {
        var position = 0;
        while (DelimitedFrame.TryRead(bytes, ref position, out var frame))
        {
            if (frame[0] == FrameTag.Page)
                TakePage(DelimitedFrame.Body(frame), now, histogram);
            else
                TakeOther(frame);
        }
        var rest = bytes[position..];
        if (rest.Length > _partial.Length)
            _partial = new byte[rest.Length * 2];
        rest.CopyTo(_partial);
        _partialBytes = rest.Length;
    }

    private void TakePage(ReadOnlySpan<byte> body, long now, LatencyHistogram? histogram)
    {
        var isWhole = Answered % ReadWholeEvery == 0;
        var page = PageFields.Parse(body, isWhole);
        var slot = (int)page.RequestId - 1;
        if ((uint)slot >= (uint)_inHand.Length || _inHand[slot].SentAt == 0)
            throw new LoadFailureException($"A Page came with request_id {page.RequestId}, which is not in hand.");
        var asked = _inHand[slot];
        var expected = (int)Math.Min((ulong)_settings.Limit, page.HeadSequence);
        if (page.Count != expected || page.HeadSequence < (ulong)_settings.Messages)
            throw new LoadFailureException($"A Page of '{Encoding.UTF8.GetString(page.SessionId)}' has {page.Count} messages of {page.HeadSequence}; {expected} were due.");
        if (isWhole && (page.Last != page.HeadSequence || Encoding.UTF8.GetString(page.SessionId) != _settings.SessionName(asked.Session)))
            throw new LoadFailureException($"A Page of '{Encoding.UTF8.GetString(page.SessionId)}' ends with sequence {page.Last}; session {asked.Session} was asked for, up to its head {page.HeadSequence}.");
        histogram?.Add(now - asked.SentAt, 1);
        _inHand[slot] = default;
        _free.Enqueue(slot);
        Answered++;
    }

    private void TakeOther(ReadOnlySpan<byte> bytes)
    {
        var frame = Frame.Parser.ParseFrom(bytes);
        if (frame.BodyCase == Frame.BodyOneofCase.Welcome && !_isWelcome)
            _isWelcome = true;
        else
            throw new LoadFailureException($"The server sent {frame}.");
    }

    // length | 4A length | 08 request_id | 12 length session_id | 20 limit | 28 01; each number below 128 but the limit.
    private int WriteFetch(Span<byte> to, int slot, int session)
    {
        var fetch = new FetchWriter(to[4..]);
        fetch.Field(1 << 3, (uint)slot + 1);
        fetch.Text((2 << 3) | 2, _settings.SessionName(session));
        fetch.Field(4 << 3, (uint)_settings.Limit);
        fetch.Field(5 << 3, 1);
        to[2] = FrameTag.Fetch;
        to[3] = (byte)fetch.Length;
        // A varint may be longer than it need be: two bytes always, so that nothing moves.
        var frame = fetch.Length + 2;
        to[0] = (byte)(frame | 0x80);
        to[1] = (byte)(frame >> 7);
        return frame + 2;
    }

    private readonly record struct InHand(int Session, long SentAt);
}
