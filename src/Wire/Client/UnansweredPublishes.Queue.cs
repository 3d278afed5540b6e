using System.Text;
using Wire.Framing;

namespace Wire.Client;

// With a queue's file a publish is written there before it is in line, under the queue's gate, so that both have one order.
internal sealed partial class UnansweredPublishes
{
    public bool HasQueue => _queue is not null;

    /// <summary>Puts what an earlier process has left in line, before all else.</summary>
    private void RecoverQueue(WireClientOptions options)
    {
        var pipelines = new Dictionary<SessionPublishes, PublishPipeline>();
        lock (_gate)
        {
            foreach (var publish in _queue?.TakeRecovered() ?? [])
            {
                var session = SessionUnsynchronized(Encoding.UTF8.GetString(publish.SessionUtf8), publish.SessionUtf8);
                if (!pipelines.TryGetValue(session, out var pipeline))
                {
                    var told = (PublishAnswer answer) => options.TellRecovered(session.SessionId, answer);
                    pipelines.Add(session, pipeline = new PublishPipeline(session, new WirePublisherOptions { OnAnswer = told }));
                    session.Pipelines++;
                }

                var block = pipeline.Memory.Begin(publish.Frame.Length, out var offset);
                publish.Frame.Span.CopyTo(block.Bytes.AsSpan(offset));
                pipeline.Memory.End(publish.Frame.Length);
                session.Add(new PublishEntry
                {
                    PublishId = publish.PublishId,
                    Pipeline = pipeline,
                    Block = block,
                    FrameOffset = offset,
                    FrameBytes = publish.Frame.Length,
                    Durability = publish.Durability,
                    IsConditional = publish.IsConditional,

                    // The process before may have sent it: a duplicate is what was meant.
                    Sends = 1,
                });
                pipeline.PublishedUnsynchronized();
                _waiting++;
                PlaceUnsynchronized(session);
            }
            foreach (var pipeline in pipelines.Values)
                pipeline.CloseUnsynchronized();
        }
    }

    /// <summary>Gives a publish its id and writes it into the file. Under the queue's gate.</summary>
    private ulong Enqueue(string sessionId, ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> payload, PublishOptions options)
    {
        ulong id;
        lock (_gate)
        {
            var session = _sessionsByUtf8.TryGetValue(utf8, out var known) ? known : null;
            if (options.PublishId is { } own)
                CheckId(session, own);
            id = options.PublishId ?? (_lastPublishId = checked(_lastPublishId + 1));
        }

        var view = PublishFrame.ViewOf(utf8, id, payload, options, options.Durability ?? _defaultDurability);
        if (payload.Length > _maxFrameBytes || PublishFrame.BodyBytes(FrameWriter.PublishSize(view)) > _maxFrameBytes)
            throw TooLarge(sessionId, id, _maxFrameBytes);
        _queue!.Add(view);
        return id;
    }

    private bool TryAddQueued(PublishPipeline pipeline, ReadOnlySpan<byte> payload, PublishOptions options, out ulong publishId)
    {
        var session = pipeline.Session;
        lock (_queue!.Gate)
        {
            lock (_gate)
            {
                CheckUnsynchronized(pipeline);
                publishId = 0;
                if (pipeline.IsWaiting || !pipeline.HasRoomUnsynchronized(payload.Length))
                    return false;
            }
            publishId = Enqueue(session.SessionId, session.Utf8, payload, options);
            lock (_gate)
            {
                // It may have ended in between. Then the next process sends it: it may or may not be stored, as was said.
                CheckUnsynchronized(pipeline);
                try
                {
                    AddUnsynchronized(pipeline, payload, options, publishId);
                }
                catch (WirePublishException)
                {
                    _queue.Removed(session.Utf8, publishId); // a connection with a lower limit came in between
                    throw;
                }
            }
            return true;
        }
    }

    private async ValueTask<ulong> AddQueuedAsync(
        PublishPipeline pipeline, ReadOnlyMemory<byte> payload, PublishOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryAddQueued(pipeline, payload.Span, options, out var id))
                return id;
            ValueTask<ulong> room;
            lock (_gate)
            {
                CheckUnsynchronized(pipeline);
                if (pipeline.IsAwaited)
                    throw WaitsAlready();
                if (pipeline.HasRoomUnsynchronized(payload.Length))
                    continue;
                room = pipeline.WaitForRoomUnsynchronized(payload, options, this, cancellationToken);
            }
            await room.ConfigureAwait(false);
        }
    }
}
