using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Wire.Client;
using Wire.Framing;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.InProcess;

/// <summary>What one reader in process is sent: messages wait here within a bound, and beyond it the reader is fed from the log.</summary>
internal sealed class InProcessOutbox(string sessionId, int maxFrameBytes) : IOutbox
{
    private const int MaxWaitingBytes = 256 * 1024;

    // Bounded by TryWrite, which counts bytes.
    private readonly Channel<Waiting> _messages = System.Threading.Channels.Channel.CreateUnbounded<Waiting>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly TaskCompletionSource<MessagePage> _page = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly FrameScratch _scratch = new();
    private int _waitingBytes;
    private bool _hasRefused;
    private volatile bool _isClosed;

    /// <summary>Set before anything is sent.</summary>
    public WireConnection? Connection { get; set; }

    public Task<MessagePage> Page => _page.Task;

    public bool IsClosed => _isClosed;

    public int MessageMark => MaxWaitingBytes;

    public void Write(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
            TakeUnsynchronized(frames);
    }

    public bool TryWrite(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
        {
            if (_waitingBytes != 0 && _waitingBytes + frames.Length > MaxWaitingBytes && !_isClosed)
            {
                _hasRefused = true;
                return false;
            }
            TakeUnsynchronized(frames);
            return true;
        }
    }

    public void Flush() { }

    public void Abort(Error error) =>
        Close(new InvalidOperationException($"The server has ended this reader: {ServerError.Describe(error)}."));

    /// <summary>Takes no more; the reader gets what waits and then the exception.</summary>
    public void Close(Exception? exception)
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            _isClosed = true;
        }
        _messages.Writer.TryComplete(exception);
        if (exception is not null)
            _page.TrySetException(exception);
        else
            _page.TrySetCanceled();
        Connection?.OnOutboxClosed(); // the stop may come between the registration and the first frame
    }

    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _messages.Reader.WaitToReadAsync(cancellationToken);

    public bool TryRead([NotNullWhen(true)] out ReceivedMessage? message)
    {
        message = null;
        if (!_messages.Reader.TryRead(out var waiting))
            return false;
        message = waiting.Message;
        var drained = false;
        lock (_lock)
        {
            _waitingBytes -= waiting.Bytes;
            if (_hasRefused && _waitingBytes <= MaxWaitingBytes / 2)
            {
                _hasRefused = false;
                drained = true;
            }
        }
        if (drained)
            Connection?.OnOutboxDrained();
        return true;
    }

    private void TakeUnsynchronized(ReadOnlySpan<byte> frames)
    {
        if (_isClosed)
            return;
        var copy = ArrayPool<byte>.Shared.Rent(frames.Length);
        try
        {
            frames.CopyTo(copy);
            var buffer = new ReadOnlySequence<byte>(copy, 0, frames.Length);
            var reader = new ServerFrameReader(buffer, maxFrameBytes + ProtocolLimits.ServerFrameExtraBytes, _scratch);
            while (true)
            {
                switch (reader.Read())
                {
                    case ServerFrameStatus.Message:
                        Add(MessageCopy.Of(reader.Message, sessionId));
                        break;
                    case ServerFrameStatus.Other when reader.TryParse(out var frame):
                        Take(frame);
                        break;
                    default:
                        return; // they are the engine's own, so that is their end
                }
            }
        }
        finally
        {
            _scratch.Reset();
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    private void Take(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Message:
                Add(MessageCopy.Of(frame.Message, sessionId));
                break;
            case Frame.BodyOneofCase.Page:
                _page.TrySetResult(new MessagePage
                {
                    FirstSequence = frame.Page.FirstSequence,
                    HeadSequence = frame.Page.HeadSequence,
                    Messages = [.. frame.Page.Messages.Select(message => MessageCopy.Of(message, sessionId))],
                });
                break;
            case Frame.BodyOneofCase.Error:
                var exception = new WireRequestException(
                    frame.Error.Code, $"The session cannot be read: {ServerError.Describe(frame.Error)}.", sessionId);
                _page.TrySetException(exception);
                _messages.Writer.TryComplete(exception);
                break;
        }
    }

    private void Add(ReceivedMessage message)
    {
        // What an object and its place in the queue take, about.
        var bytes = message.Payload.Length + 200;
        _waitingBytes += bytes;
        _messages.Writer.TryWrite(new Waiting(message, bytes));
    }

    private readonly record struct Waiting(ReceivedMessage Message, int Bytes);
}
