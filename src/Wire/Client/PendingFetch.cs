using Wire.Protocol;

namespace Wire.Client;

/// <summary>A fetch from the call to its answer. It keeps its slot when the caller has gone: the server has it in hand.</summary>
internal sealed class PendingFetch(Fetch request)
{
    public Fetch Request { get; } = request;

    public TaskCompletionSource<FetchAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSent { get; set; }
}
