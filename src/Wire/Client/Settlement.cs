namespace Wire.Client;

/// <summary>An answer on its way to who is waiting for it: an awaited publish, or a range of a pipeline.</summary>
internal struct Settlement
{
    public PendingPublish? Call;
    public PublishPipeline? Pipeline;

    /// <summary>For a call that is stored or refused, a range of one.</summary>
    public PublishAnswer Answer;

    /// <summary>A publish that is refused.</summary>
    public static Settlement Of(ref PublishEntry entry, WirePublishException refusal) => new()
    {
        Call = entry.Call,
        Pipeline = entry.Pipeline,
        Answer = new PublishAnswer(entry.PublishId, entry.PublishId, 1, 0, false, default, refusal),
    };

    public readonly void Tell()
    {
        if (Pipeline is not null)
            Pipeline.Tell(Answer);
        else if (Answer.Refusal is { } refusal)
            Call!.SetException(refusal);
        else
            Call!.SetResult(new PublishResult(Answer.Sequence, Answer.LastPublishId, Answer.Duplicate, Answer.Durability));
    }
}
