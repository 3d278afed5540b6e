using Wire.Log;

namespace Wire.Sessions;

// What the log asks before it lets go of its oldest records.
internal sealed partial class WireEngine : ISessionOwner
{
    /// <inheritdoc />
    public async Task<long?> CheckpointAsync(IReadOnlyList<RetiringSession> sessions, long behind, CancellationToken cancellationToken)
    {
        var results = new List<Task<long?>>();
        foreach (var group in sessions.GroupBy(session => WorkerOf(session.Id)))
        {
            var signal = new RetirementSignal([.. group], behind);
            results.Add(signal.Result);
            Workers[group.Key].Post(signal);
        }
        long? end = 0;
        foreach (var result in await Task.WhenAll(results).WaitAsync(cancellationToken).ConfigureAwait(false))
            end = result is null || end is null ? null : Math.Max(end.Value, result.Value);
        return end;
    }

    /// <inheritdoc />
    public Task OnRetiredAsync(IReadOnlyList<RetiredSession> sessions, CancellationToken cancellationToken)
    {
        var told = new List<Task>();
        foreach (var group in sessions.GroupBy(session => WorkerOf(session.Id)))
        {
            var signal = new RetiredSignal([.. group]);
            told.Add(signal.Told);
            Workers[group.Key].Post(signal);
        }
        return Task.WhenAll(told).WaitAsync(cancellationToken);
    }
}
