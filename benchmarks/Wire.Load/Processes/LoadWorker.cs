using System.Text.Json;
using Wire.Load.Engine;

namespace Wire.Load.Processes;

/// <summary>A client process: runs its share of a plan as it is told to, line by line, and answers each with a line of JSON.</summary>
/// <remarks>
/// <c>plan JSON</c> prepares a run, <c>open</c> connects, <c>start</c> publishes, <c>record</c> and <c>pause</c> switch the recording of
/// latencies, <c>read</c> asks for the counters, <c>finish</c> ends it with its results, <c>drop</c> without. It never speaks unasked, so
/// whoever waits for the end of a window keeps asking: a failure comes with the next answer.
/// </remarks>
internal sealed class LoadWorker : IDisposable
{
    /// <summary>The command that runs one.</summary>
    public const string Command = "client-worker";

    /// <summary>Prepares a run; the plan follows.</summary>
    public const string Plan = "plan ";

    /// <summary>Connects.</summary>
    public const string Open = "open";

    /// <summary>Begins to publish.</summary>
    public const string Start = "start";

    /// <summary>Records latencies.</summary>
    public const string Record = "record";

    /// <summary>Records them no longer.</summary>
    public const string Pause = "pause";

    /// <summary>Asks for the counters.</summary>
    public const string Read = "read";

    /// <summary>Ends the run with its results.</summary>
    public const string Finish = "finish";

    /// <summary>Gives the run up.</summary>
    public const string Drop = "drop";

    private LoadPlan? _plan;
    private LoadRun? _run;

    /// <summary>Answers until the end of the input.</summary>
    public void Answer(TextReader questions, TextWriter answers)
    {
        while (questions.ReadLine() is { } line)
        {
            answers.WriteLine(JsonSerializer.Serialize(Answer(line), WorkerJson.Default.WorkerAnswer));
            answers.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _run?.Dispose();

    private WorkerAnswer Answer(string line)
    {
        try
        {
            if (line.StartsWith(Plan, StringComparison.Ordinal))
            {
                _run?.Dispose();
                // What the last run left behind is collected on its own time.
                GC.Collect();
                _plan = JsonSerializer.Deserialize(line.AsSpan(Plan.Length), WorkerJson.Default.LoadPlan)!;
                _run = new LoadRun(_plan);
                return new WorkerAnswer();
            }

            return _run is null || _plan is null
                ? new WorkerAnswer { Failure = $"The client was told '{line}' and has no plan." }
                : Do(line, _run, _plan);
        }
        catch (LoadFailureException e)
        {
            return new WorkerAnswer { Failure = e.Message };
        }
        catch (Exception e)
        {
            // Whoever started it is to see all of what nobody has thought of.
            return new WorkerAnswer { Failure = $"A client process failed: {e}" };
        }
    }

    private static WorkerAnswer Do(string line, LoadRun run, LoadPlan plan)
    {
        switch (line)
        {
            case Open:
                run.Open();
                break;
            case Start:
                run.Start();
                break;
            case Record or Pause:
                run.IsRecording = line == Record;
                break;
            case Read:
                run.Wait(TimeSpan.Zero, CancellationToken.None);
                return new WorkerAnswer { Counters = run.Read() };
            case Finish:
                var latencies = run.Finish();
                return new WorkerAnswer
                {
                    Sent = run.SentCount,
                    Latencies = latencies.ToPairs(),
                    Shared = plan.SharesSessions ? plan.Protocol.SharedAnswers(run.Publishers) : [],
                };
            case Drop:
                run.Dispose();
                break;
            default:
                return new WorkerAnswer { Failure = $"'{line}' is nothing that a client can do." };
        }

        return new WorkerAnswer();
    }
}
