using Wire.Client;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.InProcess;

/// <summary>A publish in process, from the call to its end.</summary>
internal sealed class InProcessPublish(string session, byte[] sessionId, byte[] clientId) : LocalAppend(sessionId, clientId)
{
    // Callers go on elsewhere: the worker must not run what they do with their answer.
    private readonly TaskCompletionSource<PublishResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<PublishResult> Result => _result.Task;

    public override void Complete(SessionWorker worker, in LocalAppendResult result)
    {
        switch (result.Status)
        {
            case LocalAppendStatus.Stored or LocalAppendStatus.Duplicate:
                _result.SetResult(new PublishResult(
                    result.Sequence, result.PublishId, result.Status == LocalAppendStatus.Duplicate, Durability));
                break;
            case LocalAppendStatus.Conflict:
                Refuse(ErrorCode.Conflict, "expected_head is not the session's head", result.Sequence);
                break;
            case LocalAppendStatus.DataLoss:
                Refuse(ErrorCode.DataLoss, "stored data of the session is damaged");
                break;
            default:
                Refuse(ErrorCode.StorageUnavailable, "the log takes no publishes now; whether this one is stored is not known");
                break;
        }
    }

    private void Refuse(ErrorCode code, string detail, ulong head = 0) =>
        _result.SetException(new WirePublishException(code, $"The publish was refused: {code}, {detail}.", session, PublishId, head));
}
