using Wire.Sessions;

namespace Wire.Handlers;

/// <summary>Something about a turn that its session's worker is to do.</summary>
internal sealed class TurnSignal(Turn turn, Action<SessionWorker, Turn> run) : WorkerSignal
{
    public override void Run(SessionWorker worker) => run(worker, turn);
}
