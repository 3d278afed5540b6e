using Wire.Load.Engine;

namespace Wire.Load.Processes;

/// <summary>Where load comes from: this process, or copies of it, which live as long as this and run one plan after the other.</summary>
/// <remarks>Several, where one may not open as many files as there are to be connections, or is itself what is slow.</remarks>
internal sealed class LoadClients : IDisposable
{
    private readonly List<ChildProcess> _workers = [];

    /// <summary>Starts the copies.</summary>
    /// <param name="processes">How many; 1: none, this process is the client.</param>
    public LoadClients(int processes)
    {
        try
        {
            for (var i = 0; processes > 1 && i < processes; i++)
                _workers.Add(new ChildProcess("client", LoadWorker.Command));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Prepares a run; nothing is connected yet.</summary>
    public ILoadRun Begin(LoadPlan plan) => _workers.Count == 0 ? new LoadRun(plan) : new ProcessesRun(plan, _workers);

    /// <inheritdoc/>
    public void Dispose() => _workers.ForEach(worker => worker.Dispose());
}
