using System.Runtime.CompilerServices;
using BenchmarkDotNet.Analysers;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Validators;

namespace Wire.Benchmarks.Gate;

/// <summary>
/// Holds the thread of the finalizers while allocations are counted. BenchmarkDotNet collects garbage before it reads the count,
/// and what runs after a collection, such as the trimming of pools, allocates some KB on that thread at a time of its own.
/// </summary>
internal sealed class QuietFinalizers : IDiagnoser
{
    private readonly ManualResetEventSlim _held = new();
    private readonly ManualResetEventSlim _go = new();

    public IEnumerable<string> Ids => [nameof(QuietFinalizers)];

    public IEnumerable<IExporter> Exporters => [];

    public IEnumerable<IAnalyser> Analysers => [];

    public RunMode GetRunMode(BenchmarkCase benchmarkCase) => RunMode.NoOverhead;

    // The count comes right after the actual run.
    public void Handle(HostSignal signal, DiagnoserActionParameters parameters)
    {
        if (signal == HostSignal.AfterActualRun)
            Hold();
        else
            _go.Set();
    }

    public IEnumerable<Metric> ProcessResults(DiagnoserResults results) => [];

    public void DisplayResults(ILogger logger)
    {
    }

    public IEnumerable<ValidationError> Validate(ValidationParameters validationParameters) => [];

    private void Hold()
    {
        _held.Reset();
        _go.Reset();
        Drop();
        GC.Collect();
        _held.Wait();
    }

    // In a method of its own, so that nothing refers to it any more.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Drop() => _ = new Holder(this);

    private sealed class Holder(QuietFinalizers owner)
    {
        ~Holder()
        {
            owner._held.Set();
            owner._go.Wait();
        }
    }
}
