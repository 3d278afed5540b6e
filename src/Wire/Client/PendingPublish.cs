using System.Threading.Tasks.Sources;
using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// A publish from the call to its answer: what the caller awaits. All fields but the
/// result belong to <see cref="UnansweredPublishes"/> and its lock.
/// </summary>
internal sealed class PendingPublish : IValueTaskSource<PublishResult>
{
    // Callers go on elsewhere: the read loop must not run what they do with their answer.
    private ManualResetValueTaskSourceCore<PublishResult> _result = new() { RunContinuationsAsynchronously = true };

    public required SessionPublishes Session { get; init; }

    public required PublishOptions Options { get; init; }

    public required Durability Durability { get; init; }

    public required ulong PublishId { get; init; }

    /// <summary>The caller's memory, until the caller has gone: then the client's own copy.</summary>
    public ReadOnlyMemory<byte> Payload { get; set; }

    /// <summary>The caller has, or is about to be given, an end: the result is set once.</summary>
    public bool IsSettled { get; set; }

    public CancellationTokenRegistration Cancellation { get; set; }

    public ValueTask<PublishResult> Task => new(this, _result.Version);

    public void SetResult(PublishResult result)
    {
        Cancellation.Unregister();
        _result.SetResult(result);
    }

    public void SetException(Exception exception)
    {
        Cancellation.Unregister();
        _result.SetException(exception);
    }

    PublishResult IValueTaskSource<PublishResult>.GetResult(short token) => _result.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<PublishResult>.GetStatus(short token) => _result.GetStatus(token);

    void IValueTaskSource<PublishResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _result.OnCompleted(continuation, state, token, flags);
}
