using Wire.Load.Frames;

namespace Wire.Load.Engine;

/// <summary>One connection: bytes in, bytes out. Knows no socket calls, so tests feed it bytes.</summary>
/// <param name="clientId">Its name, in errors and for the server.</param>
/// <param name="window">The publishes that its answers are about.</param>
/// <remarks>Used by the thread of its <see cref="LoadEngine"/> alone.</remarks>
internal abstract class LoadConnection(string clientId, SendWindow window)
{
    /// <summary>The most that may be kept of a frame whose end has not come: the longest frame of Wire, and its length.</summary>
    public const int MaxPartialBytes = DelimitedFrame.MaxBytes + 8;

    private readonly MemoryStream _control = new();
    private byte[] _partialFrame = [];
    private int _partialBytes;
    private byte[] _sending = [];
    private int _sendingFrom;
    private int _sendingTo;

    /// <summary>Its name; with Wire the client_id of its Hello.</summary>
    public string ClientId { get; } = clientId;

    /// <summary>What the poller of its engine calls it.</summary>
    public int Index { get; set; }

    /// <summary>Whether the handshake is over and publishes may go out.</summary>
    public bool IsReady { get; protected set; }

    /// <summary>Whether the poller watches it for room to write.</summary>
    public bool WatchesWrites { get; set; }

    /// <summary>The publishes that are under way: its own, or those of the publisher that it follows.</summary>
    public SendWindow Window { get; } = window;

    /// <summary>The publisher whose window this connection's answers open: itself, or the one that it follows.</summary>
    public virtual LoadConnection WindowOwner => this;

    /// <summary>The connections that follow what this one publishes, if the load has such.</summary>
    public virtual IReadOnlyList<LoadConnection> Followers => [];

    /// <summary>What must still come before the connection can be closed, for an error's text; null where nothing.</summary>
    public virtual string? Missing =>
        Window.Unanswered == 0 ? null : $"{ClientId} has {Window.Unanswered} of {Window.Sent} publishes unanswered";

    /// <summary>The bytes that wait for the socket.</summary>
    public ReadOnlySpan<byte> Unsent => _sending.AsSpan(_sendingFrom, _sendingTo - _sendingFrom);

    /// <summary>Queues what is said first on a connection.</summary>
    public abstract void Open();

    /// <summary>Queues what is said last, when all is answered; for most protocols the end of the stream says it.</summary>
    public virtual void Close() { }

    /// <summary>Moves the beginning of a frame whose end has not come to the start of a buffer.</summary>
    /// <returns>How many bytes it is.</returns>
    public int RestorePartialFrame(Span<byte> buffer)
    {
        _partialFrame.AsSpan(0, _partialBytes).CopyTo(buffer);
        return _partialBytes;
    }

    /// <summary>Takes received bytes, and keeps the beginning of a last frame that is not whole.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes[TakeWhole(bytes)..];
        if (rest.Length > MaxPartialBytes)
            throw new LoadFailureException($"{ClientId}: the server sent an answer that has no end after {rest.Length} bytes.");
        if (rest.Length > _partialFrame.Length)
            _partialFrame = new byte[rest.Length * 2];
        rest.CopyTo(_partialFrame);
        _partialBytes = rest.Length;
    }

    /// <summary>Notes that the socket took bytes of <see cref="Unsent"/>.</summary>
    public void Sent(int bytes) => _sendingFrom += bytes;

    /// <summary>Fills <see cref="Unsent"/> with what is to be sent next.</summary>
    /// <param name="mayPublish">Whether new publishes may be among it.</param>
    /// <param name="nanoseconds">Now.</param>
    /// <returns>False where there is nothing to send.</returns>
    public bool TryFill(bool mayPublish, long nanoseconds)
    {
        if (_sendingFrom < _sendingTo)
            return true;
        if (_control.Length > 0)
        {
            SetUnsent(_control.ToArray(), 0, (int)_control.Length);
            _control.SetLength(0);
            return true;
        }

        return IsReady && mayPublish && TryFillPublishes(nanoseconds);
    }

    /// <summary>Takes all whole frames that received bytes begin with.</summary>
    /// <returns>How many bytes they are; the rest is given again with what follows it.</returns>
    protected abstract int TakeWhole(ReadOnlySpan<byte> bytes);

    /// <summary>Calls <see cref="SetUnsent"/> with new publishes, if there are any.</summary>
    protected virtual bool TryFillPublishes(long nanoseconds) => false;

    /// <summary>Says which bytes go out next; they must not change until they are sent.</summary>
    protected void SetUnsent(byte[] buffer, int start, int length)
    {
        _sending = buffer;
        _sendingFrom = start;
        _sendingTo = start + length;
    }

    /// <summary>Puts bytes behind what is being sent and in front of further publishes.</summary>
    protected void Queue(ReadOnlySpan<byte> bytes) => _control.Write(bytes);
}
