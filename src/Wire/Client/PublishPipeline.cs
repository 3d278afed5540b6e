using System.Threading.Tasks.Sources;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// What a <see cref="WirePublisher"/> has under way: its frames, its window, who waits for room in it and who for its answers.
/// Members that end in Unsynchronized are called under the lock of <see cref="UnansweredPublishes"/>, the others without it.
/// </summary>
internal sealed class PublishPipeline(SessionPublishes session, WirePublisherOptions options) : IValueTaskSource<ulong>
{
    private readonly int _maxUnanswered = options.MaxUnanswered;
    private readonly int _maxBytes = options.MaxUnansweredBytes;
    private readonly Action<PublishAnswer>? _onAnswer = options.OnAnswer;
    private readonly List<FlushWaiter> _flushes = [];

    // Callers go on elsewhere: the read loop must not run what they do next.
    private ManualResetValueTaskSourceCore<ulong> _room = new() { RunContinuationsAsynchronously = true };
    private ReadOnlyMemory<byte> _waitingPayload;
    private PublishOptions _waitingOptions = PublishOptions.Default;
    private CancellationToken _waitingToken;
    private CancellationTokenRegistration _waitingRegistration;

    private volatile bool _isAwaited;

    private long _published;
    private long _answered;
    private long _told;
    private WirePublishException? _refusal;
    private int _refusals;
    private Exception? _handlerFailure;
    private Exception? _ended;

    public SessionPublishes Session { get; } = session;

    public PublishOptions Options { get; } = options.PublishOptions ?? PublishOptions.Default;

    public FrameMemory Memory { get; } = new();

    public bool IsClosed { get; private set; }

    /// <summary>A caller waits for room.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>A caller waits for room, or has not yet looked at the end of its wait.</summary>
    public bool IsAwaited
    {
        get => _isAwaited;
        private set => _isAwaited = value;
    }

    /// <summary>It is among those to which answers came in this read.</summary>
    public bool IsTouched { get; set; }

    public long Unanswered => Volatile.Read(ref _published) - Volatile.Read(ref _answered);

    public bool HasRoomUnsynchronized(int bytes)
        => _published == _answered || (_published - _answered < _maxUnanswered && Memory.Bytes + bytes <= _maxBytes);

    public void PublishedUnsynchronized() => _published++;

    public void AnsweredUnsynchronized(ref PublishEntry entry)
    {
        Memory.Release(entry.Block!, entry.FrameBytes);
        _answered++;
        if (IsClosed && _answered == _published)
            Memory.Close();
    }

    public void CloseUnsynchronized()
    {
        IsClosed = true;
        Session.Pipelines--;
        if (_answered == _published)
            Memory.Close();
    }

    /// <summary>The client has ended: nothing more is answered.</summary>
    public void EndUnsynchronized(Exception exception)
    {
        if (_ended is not null)
            return;
        _ended = exception;
        Memory.Close();
        EndFlushesUnsynchronized();
    }

    /// <summary>Tells an answer. From one thread at a time.</summary>
    public void Tell(in PublishAnswer answer)
    {
        if (answer.Refusal is { } refusal)
        {
            Interlocked.CompareExchange(ref _refusal, refusal, null);
            Interlocked.Increment(ref _refusals);
        }
        try
        {
            _onAnswer?.Invoke(answer);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _handlerFailure, exception, null);
        }
    }

    /// <summary>Begins to wait for room. One caller at a time.</summary>
    public ValueTask<ulong> WaitForRoomUnsynchronized(
        ReadOnlyMemory<byte> payload, PublishOptions options, UnansweredPublishes publishes, CancellationToken cancellationToken)
    {
        _room.Reset();
        (_waitingPayload, _waitingOptions, _waitingToken) = (payload, options, cancellationToken);
        IsWaiting = IsAwaited = true;
        if (cancellationToken.CanBeCanceled)
        {
            _waitingRegistration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    var (publishes, pipeline) = ((UnansweredPublishes, PublishPipeline))state!;
                    publishes.CancelWaiting(pipeline, token);
                },
                (publishes, this));
        }
        return new ValueTask<ulong>(this, _room.Version);
    }

    /// <summary>Gives up the wait that has this token, which a later one may not have.</summary>
    public bool TryCancelWaitingUnsynchronized(CancellationToken cancellationToken)
    {
        if (!IsWaiting || _waitingToken != cancellationToken)
            return false;
        EndWaitingUnsynchronized();
        return true;
    }

    /// <summary>The publish that waits, with the end of its waiting.</summary>
    public (ReadOnlyMemory<byte> Payload, PublishOptions Options) EndWaitingUnsynchronized()
    {
        var waiting = (_waitingPayload, _waitingOptions);
        (_waitingPayload, _waitingOptions, _waitingToken) = (default, PublishOptions.Default, default);
        _waitingRegistration.Unregister();
        _waitingRegistration = default;
        IsWaiting = false;
        return waiting;
    }

    public ReadOnlyMemory<byte> WaitingPayload => _waitingPayload;

    public PublishOptions WaitingOptions => _waitingOptions;

    /// <summary>Ends the wait of a caller: nobody else can, since it was taken off under the lock.</summary>
    public void GiveRoom(ulong publishId) => _room.SetResult(publishId);

    /// <inheritdoc cref="GiveRoom"/>
    public void RefuseRoom(Exception exception) => _room.SetException(exception);

    /// <summary>All that was answered so far has been told.</summary>
    public void ToldUnsynchronized() => _told = _answered;

    /// <summary>Waits until all that was published so far is answered and told; completed where it is.</summary>
    public Task FlushUnsynchronized(CancellationToken cancellationToken)
    {
        if (_ended is not null && _told < _published)
            return Task.FromException(_ended);
        if (_told == _published)
            return TakeFailure() is { } failure ? Task.FromException(failure) : Task.CompletedTask;
        var waiter = new FlushWaiter(_published);
        _flushes.Add(waiter);
        return waiter.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Takes off those whose publishes are all told, and ends their waiting.</summary>
    public void EndFlushesUnsynchronized()
    {
        for (var i = 0; i < _flushes.Count;)
        {
            var waiter = _flushes[i];
            if (waiter.Until > _told && _ended is null)
            {
                i++;
                continue;
            }
            _flushes.RemoveAt(i);
            if (waiter.Until > _told)
                waiter.TrySetException(_ended!);
            else if (TakeFailure() is { } failure)
                waiter.TrySetException(failure);
            else
                waiter.TrySetResult();
        }
    }

    ulong IValueTaskSource<ulong>.GetResult(short token)
    {
        try
        {
            return _room.GetResult(token);
        }
        finally
        {
            IsAwaited = false;
        }
    }

    ValueTaskSourceStatus IValueTaskSource<ulong>.GetStatus(short token) => _room.GetStatus(token);

    void IValueTaskSource<ulong>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _room.OnCompleted(continuation, state, token, flags);

    private Exception? TakeFailure()
    {
        if (Interlocked.Exchange(ref _handlerFailure, null) is { } failure)
            return new InvalidOperationException($"The handler of the publisher's answers failed: {failure.Message}", failure);
        if (Interlocked.Exchange(ref _refusal, null) is not { } refusal)
            return null;
        var refusals = Interlocked.Exchange(ref _refusals, 0);
        return refusals < 2 ? refusal : new WirePublishException(
            refusal.Code,
            $"{refusals} publishes were refused. The first, {refusal.PublishId}: {refusal.Message}",
            refusal.SessionId,
            refusal.PublishId,
            refusal.HeadSequence);
    }

    private sealed class FlushWaiter(long until) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Until => until;
    }
}
