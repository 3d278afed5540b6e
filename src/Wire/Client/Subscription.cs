using System.Threading.Channels;

namespace Wire.Client;

/// <summary>
/// One reader of one session: a bounded buffer between the read loop, which never waits for it, and the caller. All but the
/// buffer belongs to <see cref="Subscriptions"/> and its lock.
/// </summary>
internal sealed class Subscription(byte[] utf8, ulong fromSequence, int capacity, bool takesReplies)
{
    /// <summary>The most bytes of payload that wait for the caller; an empty buffer takes one message of any size.</summary>
    private const int MaxBufferedBytes = 1 << 20;

    // Bounded by HasRoomFor, which counts bytes, too. Null says that there is more of the replies in the making; it is there
    // once at most.
    private readonly Channel<ReceivedMessage?> _buffer = Channel.CreateUnbounded<ReceivedMessage?>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private volatile bool _isHeld;
    private int _bufferedMessages;
    private long _bufferedBytes;

    public byte[] Utf8 { get; } = utf8;

    /// <summary>The sequence of the next message for the caller; 0 until the server said which that is.</summary>
    public ulong Next { get; set; } = fromSequence;

    /// <summary>The highest sequence that is known to be taken, by the session's head or a message.</summary>
    public ulong Seen { get; set; }

    /// <summary>It begins at the session's head, and nothing has come yet.</summary>
    public bool IsBeforeFirst { get; set; } = fromSequence == 0;

    /// <summary>What comes over the wire is for this reader: not before the server's answer, nor while the buffer is full.</summary>
    public bool IsLive { get; set; }

    /// <summary>The buffer was full: the session is to be asked for again when half of it is read.</summary>
    public bool IsHeld
    {
        get => _isHeld;
        set => _isHeld = value;
    }

    /// <summary>What it is told of replies in the making; null where it is not told of them.</summary>
    public RepliesInMaking? Replies { get; } = takesReplies ? new RepliesInMaking() : null;

    /// <summary>The buffer says that there is more of the replies.</summary>
    public bool AreRepliesDue { get; set; }

    public ChannelReader<ReceivedMessage?> Reader => _buffer.Reader;

    public bool IsHalfEmpty
        => Volatile.Read(ref _bufferedMessages) <= capacity / 2 && Volatile.Read(ref _bufferedBytes) <= MaxBufferedBytes / 2;

    public bool HasRoomFor(int payloadBytes)
    {
        var messages = Volatile.Read(ref _bufferedMessages);
        return messages == 0 || (messages < capacity && Volatile.Read(ref _bufferedBytes) + payloadBytes <= MaxBufferedBytes);
    }

    public void Add(ReceivedMessage message)
    {
        Interlocked.Increment(ref _bufferedMessages);
        Interlocked.Add(ref _bufferedBytes, message.Payload.Length);
        _buffer.Writer.TryWrite(message);
    }

    public void AddReplies()
    {
        if (!AreRepliesDue)
            _buffer.Writer.TryWrite(null);
        AreRepliesDue = true;
    }

    public void Remove(ReceivedMessage message)
    {
        Interlocked.Add(ref _bufferedBytes, -message.Payload.Length);
        Interlocked.Decrement(ref _bufferedMessages);
    }

    /// <summary>What is buffered is still read; then comes the exception.</summary>
    public void Complete(Exception exception) => _buffer.Writer.TryComplete(exception);
}
