namespace Wire.Client;

/// <summary>
/// Publishes to one session without a wait for each answer: the answers come in order as ranges
/// (<see cref="WirePublisherOptions.OnAnswer"/>), and a publish waits only where too much is unanswered. Opened by
/// <see cref="WireClient.OpenPublisher"/>.
/// </summary>
/// <remarks>
/// <para>
/// It keeps the promise of <see cref="WireClient.PublishAsync(string, ReadOnlyMemory{byte}, PublishOptions?, CancellationToken)"/>:
/// what is unanswered when a connection is lost is sent again in order and with the same ids, so it is stored once. Its
/// publishes and those of other calls to the session are stored in the order of the calls.
/// </para>
/// <para>
/// The payload is copied into pooled memory, which goes back when the answer has come: the caller's is free when the call has
/// ended. A steady stream of publishes allocates nothing.
/// </para>
/// <para>
/// Of <see cref="PublishAsync"/> one call at a time: await each before the next. All else may be called from any thread at
/// once. Several publishers may be open to one session.
/// </para>
/// </remarks>
public sealed class WirePublisher : IDisposable
{
    private readonly ClientTraffic _traffic;
    private readonly PublishPipeline _pipeline;

    internal WirePublisher(ClientTraffic traffic, PublishPipeline pipeline)
    {
        _traffic = traffic;
        _pipeline = pipeline;
    }

    /// <summary>The session that it publishes to.</summary>
    public string SessionId => _pipeline.Session.SessionId;

    /// <summary>How many of its publishes have no answer at this moment.</summary>
    public int Unanswered => (int)_pipeline.Unanswered;

    /// <summary>
    /// Publishes a message; ends as soon as there is room for it, mostly at once. Its answer comes to
    /// <see cref="WirePublisherOptions.OnAnswer"/>.
    /// </summary>
    /// <param name="payload">The content; copied before the call ends.</param>
    /// <param name="options">Null for <see cref="WirePublisherOptions.PublishOptions"/>.</param>
    /// <param name="cancellationToken">Ends the waiting for room; the message is not published then.</param>
    /// <returns>The id under which it is published.</returns>
    /// <exception cref="ArgumentException">A publish_id of the caller's is not above one that is unanswered.</exception>
    /// <exception cref="InvalidOperationException">A call before this one still waits for room.</exception>
    /// <exception cref="WirePublishException">It is longer than the server takes; it was not sent.</exception>
    /// <exception cref="WireQueueException">There is a <see cref="WireClientOptions.Queue"/>, and it does not take the message.</exception>
    /// <exception cref="WireConnectionException">The client has ended.</exception>
    /// <exception cref="WireProtocolException">The client has ended.</exception>
    /// <exception cref="ObjectDisposedException">The publisher was completed, or it or the client disposed of.</exception>
    public ValueTask<ulong> PublishAsync(
        ReadOnlyMemory<byte> payload, PublishOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ulong>(cancellationToken);
        var result = _traffic.Publishes.Add(_pipeline, payload, options ?? _pipeline.Options, cancellationToken);
        _traffic.Wake.Set();

        // What waits for room is put in line by the read loop, which wakes, too; with a queue's file by the call itself.
        return result.IsCompleted || !_traffic.Publishes.HasQueue ? result : WakeAfterAsync(result);
    }

    /// <summary>Publishes a message where there is room for it now.</summary>
    /// <param name="payload">The content; copied.</param>
    /// <param name="publishId">The id under which it is published.</param>
    /// <param name="options">Null for <see cref="WirePublisherOptions.PublishOptions"/>.</param>
    /// <returns>False where there is no room, or a call of <see cref="PublishAsync"/> waits for it.</returns>
    /// <inheritdoc cref="PublishAsync" path="/exception"/>
    public bool TryPublish(ReadOnlySpan<byte> payload, out ulong publishId, PublishOptions? options = null)
    {
        var isTaken = _traffic.Publishes.TryAdd(_pipeline, payload, options ?? _pipeline.Options, out publishId);
        if (isTaken)
            _traffic.Wake.Set();
        return isTaken;
    }

    /// <summary>Ends when all that was published before the call is answered, and its answers told.</summary>
    /// <param name="cancellationToken">Ends the waiting; what is under way goes on.</param>
    /// <exception cref="WirePublishException">
    /// Some were refused since the last flush: the first of them, and the message says how many. The others are stored.
    /// </exception>
    /// <exception cref="InvalidOperationException"><see cref="WirePublisherOptions.OnAnswer"/> has thrown.</exception>
    /// <exception cref="WireConnectionException">The client has ended; what is unanswered may or may not be stored.</exception>
    /// <exception cref="WireProtocolException">The client has ended; what is unanswered may or may not be stored.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed of; what is unanswered may or may not be stored.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default)
        => _traffic.Publishes.FlushAsync(_pipeline, cancellationToken);

    /// <summary>Takes no more publishes, and waits for the answers as <see cref="FlushAsync"/> does.</summary>
    /// <inheritdoc cref="FlushAsync"/>
    public Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        Dispose();
        return FlushAsync(cancellationToken);
    }

    /// <summary>
    /// Takes no more publishes. Waits for nothing: what is unanswered goes on with the client, and is still told.
    /// </summary>
    public void Dispose() => _traffic.Publishes.Close(_pipeline);

    private async ValueTask<ulong> WakeAfterAsync(ValueTask<ulong> publish)
    {
        var id = await publish.ConfigureAwait(false);
        _traffic.Wake.Set();
        return id;
    }
}
