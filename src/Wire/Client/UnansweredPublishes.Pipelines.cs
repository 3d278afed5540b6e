using Wire.Framing;

namespace Wire.Client;

internal sealed partial class UnansweredPublishes
{
    /// <summary>Opens a pipeline to a session.</summary>
    public PublishPipeline Open(string sessionId, ReadOnlySpan<byte> utf8, WirePublisherOptions options)
    {
        lock (_gate)
        {
            if (_ended is not null)
                throw _ended();
            var pipeline = new PublishPipeline(SessionUnsynchronized(sessionId, utf8), options);
            pipeline.Session.Pipelines++;
            return pipeline;
        }
    }

    /// <summary>It takes nothing more; what it has under way goes on.</summary>
    public void Close(PublishPipeline pipeline)
    {
        lock (_gate)
        {
            if (pipeline.IsClosed)
                return;
            pipeline.CloseUnsynchronized();
            if (_ended is null)
                PlaceUnsynchronized(pipeline.Session);
        }
    }

    /// <summary>Takes a publish in line as soon as its pipeline has room for it.</summary>
    /// <exception cref="InvalidOperationException">One before it still waits for room.</exception>
    public ValueTask<ulong> Add(
        PublishPipeline pipeline, ReadOnlyMemory<byte> payload, PublishOptions options, CancellationToken cancellationToken)
    {
        if (_queue is not null)
            return AddQueuedAsync(pipeline, payload, options, cancellationToken);

        lock (_gate)
        {
            CheckUnsynchronized(pipeline);
            if (pipeline.IsAwaited)
                throw WaitsAlready();
            return pipeline.HasRoomUnsynchronized(payload.Length)
                ? new ValueTask<ulong>(AddUnsynchronized(pipeline, payload.Span, options, options.PublishId))
                : pipeline.WaitForRoomUnsynchronized(payload, options, this, cancellationToken);
        }
    }

    /// <summary>Takes a publish in line where its pipeline has room for it.</summary>
    public bool TryAdd(PublishPipeline pipeline, ReadOnlySpan<byte> payload, PublishOptions options, out ulong publishId)
    {
        if (_queue is not null)
            return TryAddQueued(pipeline, payload, options, out publishId);

        lock (_gate)
        {
            CheckUnsynchronized(pipeline);
            var hasRoom = !pipeline.IsWaiting && pipeline.HasRoomUnsynchronized(payload.Length);
            publishId = hasRoom ? AddUnsynchronized(pipeline, payload, options, options.PublishId) : 0;
            return hasRoom;
        }
    }

    /// <summary>Ends when all that was published by it so far is answered.</summary>
    public Task FlushAsync(PublishPipeline pipeline, CancellationToken cancellationToken)
    {
        lock (_gate)
            return pipeline.FlushUnsynchronized(cancellationToken);
    }

    /// <summary>The caller who waits for room has gone.</summary>
    public void CancelWaiting(PublishPipeline pipeline, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!pipeline.TryCancelWaitingUnsynchronized(cancellationToken))
                return;
        }
        pipeline.RefuseRoom(new OperationCanceledException(cancellationToken));
    }

    private static InvalidOperationException WaitsAlready()
        => new("A publish of this publisher waits for room already: await each before the next.");

    private void CheckUnsynchronized(PublishPipeline pipeline)
    {
        if (_ended is not null)
            throw _ended();
        ObjectDisposedException.ThrowIf(_takesNoMore, typeof(WireClient));
        ObjectDisposedException.ThrowIf(pipeline.IsClosed, typeof(WirePublisher));
    }

    /// <summary>Takes the publish that waits in line, where there is room for it now.</summary>
    private void AdmitUnsynchronized(PublishPipeline pipeline)
    {
        if (!pipeline.HasRoomUnsynchronized(pipeline.WaitingPayload.Length))
            return;
        var (payload, options) = pipeline.EndWaitingUnsynchronized();
        if (_queue is not null)
        {
            // The file is not written to under this lock, nor on this thread: the caller tries again.
            _roomGiven.Add((pipeline, 0, null));
            return;
        }
        try
        {
            _roomGiven.Add((pipeline, AddUnsynchronized(pipeline, payload.Span, options, options.PublishId), null));
        }
        catch (Exception exception)
        {
            // Its own fault, or that of the owner of its memory: not that of the loop which finds it.
            _roomGiven.Add((pipeline, 0, exception));
        }
    }

    private ulong AddUnsynchronized(PublishPipeline pipeline, ReadOnlySpan<byte> payload, PublishOptions options, ulong? own)
    {
        var session = pipeline.Session;
        var durability = options.Durability ?? _defaultDurability;
        var id = NextIdUnsynchronized(session, own);
        var view = PublishFrame.ViewOf(session.Utf8, id, payload, options, durability);
        var atMost = (long)payload.Length + FrameWriter.MaxPublishOverheadBytes;
        if (atMost > _maxFrameBytes && (payload.Length > _maxFrameBytes || PublishFrame.BodyBytes(FrameWriter.PublishSize(view)) > _maxFrameBytes))
            throw TooLarge(session.SessionId, id, _maxFrameBytes);

        var block = pipeline.Memory.Begin(checked((int)atMost), out var offset);
        var bytes = FrameWriter.WritePublish(block.Bytes.AsSpan(offset), view);
        pipeline.Memory.End(bytes);
        session.Add(new PublishEntry
        {
            PublishId = id,
            Pipeline = pipeline,
            Block = block,
            FrameOffset = offset,
            FrameBytes = bytes,
            Durability = durability,
            IsConditional = options.ExpectedHead.HasValue,
            BringsId = options.PublishId.HasValue,
        });
        pipeline.PublishedUnsynchronized();
        _waiting++;
        PlaceUnsynchronized(session);
        return id;
    }
}
