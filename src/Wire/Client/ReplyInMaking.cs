using System.Text;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// One reply in the making, as far as it is known: what its reader has, and what waits for it. However many pieces wait, they
/// are one update, so a slow reader costs no more than the text. Belongs to <see cref="RepliesInMaking"/> and the lock of
/// <see cref="Subscriptions"/>.
/// </summary>
internal sealed class ReplyInMaking(ulong replyId, ulong inReplyTo)
{
    private readonly StringBuilder _text = new();
    private int _taken;
    private bool _isReplaced = true;
    private Finish _finish;
    private ulong _sequence;

    public ulong ReplyId { get; } = replyId;

    public ulong InReplyTo { get; } = inReplyTo;

    public uint Index { get; private set; }

    public bool IsDone { get; private set; }

    /// <summary>Another reply has taken its place: nobody is to be told of it.</summary>
    public bool IsSuperseded { get; private set; }

    /// <summary>The connection that it came over is gone: it goes on with a snapshot or not at all.</summary>
    public bool IsBroken { get; set; }

    /// <summary>There is something that its reader has not got.</summary>
    public bool HasNews { get; private set; }

    /// <summary>The bytes of its text, in UTF-8.</summary>
    public int Bytes { get; private set; }

    public void Add(Chunk chunk)
    {
        if (chunk.Snapshot)
        {
            _text.Clear();
            (_isReplaced, _taken, Bytes) = (true, 0, 0);
        }
        _text.Append(chunk.Text);
        Bytes += Encoding.UTF8.GetByteCount(chunk.Text);
        Index = chunk.Index;
        IsBroken = false;
        HasNews = true;
        if (!chunk.Done)
            return;
        IsDone = true;
        _finish = chunk.Finish;
        _sequence = chunk.Sequence;
    }

    public void Supersede()
    {
        IsSuperseded = true;
        HasNews = false;
        _text.Clear();
    }

    /// <summary>All that its reader has not got yet.</summary>
    public ReplyUpdate Take()
    {
        HasNews = false;
        var update = new ReplyUpdate
        {
            ReplyId = ReplyId,
            InReplyTo = InReplyTo,
            Index = Index,
            Text = _text.ToString(_taken, _text.Length - _taken),
            IsSnapshot = _isReplaced,
            IsDone = IsDone,
            Finish = _finish,
            Sequence = _sequence,
        };
        (_isReplaced, _taken) = (false, _text.Length);
        if (IsDone)
            _text.Clear();
        return update;
    }
}
