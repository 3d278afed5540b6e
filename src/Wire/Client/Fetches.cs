using System.Buffers;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// The fetches without an answer, at most as many as a server takes in hand for a connection: it would leave further ones,
/// and everything behind them, unread. After a loss they are sent again.
/// </summary>
internal sealed class Fetches(WakeSignal wake)
{
    private const int MaxAtOnce = 4;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots = new(MaxAtOnce);
    private readonly Dictionary<uint, PendingFetch> _pending = [];
    private uint _lastRequestId;
    private Func<Exception>? _ended;

    /// <summary>Sends a fetch as soon as it is one of the four, and waits for its answer.</summary>
    public async Task<FetchAnswer> FetchAsync(Fetch request, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        var fetch = Add(request);
        wake.Set();
        using var _ = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (fetches, abandoned) = ((Fetches, PendingFetch))state!;
                fetches.Abandon(abandoned, token);
            },
            (this, fetch));
        return await fetch.Answer.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Writes what is due, until <paramref name="output"/> holds <paramref name="limit"/> bytes. True where more is due.
    /// </summary>
    public bool WriteTo(ArrayBufferWriter<byte> output, int limit)
    {
        lock (_gate)
        {
            foreach (var fetch in _pending.Values)
            {
                if (fetch.IsSent)
                    continue;
                if (output.WrittenCount >= limit)
                    return true;
                FrameWriter.Write(output, new Frame { Fetch = fetch.Request });
                fetch.IsSent = true;
            }
            return false;
        }
    }

    /// <summary>Takes a page. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Receive(Page page)
    {
        if (Take(page.RequestId) is not { } fetch)
            return $"a Page for the request {page.RequestId}, which is not unanswered";
        if (FindFault(page, fetch.Request) is { } fault)
        {
            fetch.Answer.TrySetException(new WireProtocolException($"The server sent {fault}."));
            return fault;
        }

        fetch.Answer.TrySetResult(new FetchAnswer(
            new MessagePage
            {
                FirstSequence = page.FirstSequence,
                HeadSequence = page.HeadSequence,
                Messages = [.. page.Messages.Select(message => MessageCopy.Of(message, page.SessionId))],
            },
            TimeSpan.Zero));
        return null;
    }

    /// <summary>Takes the refusal of a fetch. Returns what in it breaks the protocol, otherwise null.</summary>
    public string? Refuse(Error error)
    {
        if (Take(error.RequestId) is not { } fetch)
            return $"an Error for the request {error.RequestId}, which is not unanswered";

        if (error.Code == ErrorCode.RateLimited)
        {
            fetch.Answer.TrySetResult(new FetchAnswer(null, TimeSpan.FromMilliseconds(error.RetryAfterMs)));
        }
        else
        {
            fetch.Answer.TrySetException(new WireRequestException(
                error.Code, $"The fetch was refused: {ServerError.Describe(error)}.", fetch.Request.SessionId));
        }
        return null;
    }

    /// <summary>All are to be sent again on the next connection.</summary>
    public void ConnectionLost()
    {
        lock (_gate)
        {
            foreach (var (requestId, fetch) in _pending)
            {
                fetch.IsSent = false;
                if (fetch.Answer.Task.IsCompleted)
                    RemoveUnsynchronized(requestId);
            }
        }
    }

    /// <summary>Ends every fetch, and all that come after, with that exception.</summary>
    public void End(Func<Exception> exception)
    {
        lock (_gate)
        {
            if (_ended is not null)
                return;
            _ended = exception;
            foreach (var fetch in _pending.Values)
                fetch.Answer.TrySetException(exception());

            // Those that wait for a slot get one each, and the exception with it.
            if (_pending.Count > 0)
                _slots.Release(_pending.Count);
            _pending.Clear();
        }
    }

    private PendingFetch Add(Fetch request)
    {
        lock (_gate)
        {
            if (_ended is not null)
            {
                _slots.Release();
                throw _ended();
            }

            var fetch = new PendingFetch(request);

            // 0 is no id.
            _lastRequestId = Math.Max(1, unchecked(_lastRequestId + 1));
            request.RequestId = _lastRequestId;
            _pending.Add(request.RequestId, fetch);
            return fetch;
        }
    }

    private PendingFetch? Take(uint requestId)
    {
        lock (_gate)
        {
            if (!_pending.TryGetValue(requestId, out var fetch) || !fetch.IsSent)
                return null;
            RemoveUnsynchronized(requestId);
            return fetch;
        }
    }

    private void Abandon(PendingFetch fetch, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // What was sent keeps its slot until its answer comes.
            if (fetch.Answer.TrySetCanceled(cancellationToken) && !fetch.IsSent)
                RemoveUnsynchronized(fetch.Request.RequestId);
        }
    }

    private void RemoveUnsynchronized(uint requestId)
    {
        if (_pending.Remove(requestId))
            _slots.Release();
    }

    private static string? FindFault(Page page, Fetch request)
    {
        if (page.SessionId != request.SessionId)
            return $"a Page of session '{page.SessionId}' for a Fetch of '{request.SessionId}'";
        for (var i = 1; i < page.Messages.Count; i++)
        {
            if (page.Messages[i].Sequence != page.Messages[i - 1].Sequence + 1)
                return $"a Page with message {page.Messages[i].Sequence} behind {page.Messages[i - 1].Sequence}";
        }
        return null;
    }
}
