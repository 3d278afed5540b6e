using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Wire.Benchmarks.Gate;

/// <summary>
/// Runs every benchmark with <see cref="AllocatesAttribute"/> through BenchmarkDotNet, in this process, with the first and with the
/// last of its parameters, and compares what a call allocates with what the attribute says. No time is compared.
/// </summary>
/// <remarks>
/// What makes the figure exact. BenchmarkDotNet reads the runtime's own count of allocated bytes, of all threads, before and after
/// one iteration that comes behind the warm-up. Methods are compiled once and fully: TieredCompilation is off for this program,
/// not for the processes in which the full suite runs. The finalizers stand still (<see cref="QuietFinalizers"/>). What is left
/// beside the benchmark are 64 or 88 bytes of BenchmarkDotNet's own for the whole iteration, of at least 256 calls; so the figure
/// is rounded to whole bytes a call. Only a thread that the pool begins meanwhile is more, some hundred bytes: so what allocates
/// too much is measured again, four times at most. What is the benchmark's own is in each of these.
/// </remarks>
internal static class AllocationGate
{
    private const int Runs = 5;

    /// <summary>Prints the table; 1 where something differs, else 0.</summary>
    /// <param name="classes">Only these; none: all.</param>
    public static int Run(string[] classes)
    {
        var watch = Stopwatch.StartNew();
        var faults = new List<string>();
        var benchmarks = 0;
        Console.WriteLine($"{"benchmark",-70} {"allowed B",12} {"allocated B",12} {"calls",10} {"B in all",12}");
        foreach (var type in BenchmarkClass.All().Where(type => classes.Length == 0 || classes.Contains(type.Name)))
            benchmarks += Measure(type, faults);
        if (benchmarks == 0)
            faults.Add("no benchmark was found");
        foreach (var fault in faults)
            Console.WriteLine($"FAULT: {fault}");
        Console.WriteLine($"gate: {benchmarks} benchmarks, {faults.Count} faults, {watch.Elapsed.TotalSeconds:F0} s");
        return faults.Count == 0 ? 0 : 1;
    }

    private static int Measure(Type type, List<string> faults)
    {
        var before = faults.Count;
        faults.AddRange(BenchmarkClass.Faults(type));
        if (faults.Count > before)
            return 0;
        var log = new AccumulationLogger();
        var all = BenchmarkConverter.TypeToBenchmarks(type, Config(log));
        var gated = all.BenchmarksCases
            .GroupBy(benchmark => benchmark.Descriptor.WorkloadMethod)
            .SelectMany(Gated)
            .ToArray();
        var checks = Answer.Checks;
        var left = gated;
        for (var run = 1; run <= Runs && left.Length > 0; run++)
        {
            var summary = BenchmarkRunner.Run(new BenchmarkRunInfo(left, type, all.Config));
            var isLast = run == Runs;
            left = left.Where(benchmark => !IsSettled(benchmark, summary[benchmark], isLast, faults)).ToArray();
        }
        if (Answer.Checks == checks)
            faults.Add($"{type.Name} checks no answer in its set-up");
        if (gated.Any(benchmark => faults.Contains(DidNotRun(benchmark))))
            Console.WriteLine(log.GetLog());
        return gated.Length;
    }

    // False where it allocates more than it may, and is to be measured again.
    private static bool IsSettled(BenchmarkCase benchmark, BenchmarkReport? report, bool isLast, List<string> faults)
    {
        if (report is not { Success: true } || report.GcStats.GetTotalAllocatedBytes(false) is not { } bytes)
        {
            faults.Add(DidNotRun(benchmark));
            return true;
        }
        var allowed = Allowed(benchmark)!.Bytes;
        var calls = report.GcStats.TotalOperations / benchmark.Descriptor.OperationsPerInvoke;
        var allocated = (long)Math.Round((double)bytes / calls);
        if (allocated > allowed && !isLast)
            return false;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Name(benchmark),-70} {allowed,12} {(double)bytes / calls,12:F2} {calls,10} {bytes,12}{(allocated == allowed ? "" : "  DIFFERS")}"));
        if (allocated != allowed)
            faults.Add($"{Name(benchmark)} allocates {allocated} bytes a call, and [Allocates({allowed})] is allowed");
        return true;
    }

    private static string Name(BenchmarkCase benchmark)
        => $"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name} {benchmark.Parameters.DisplayInfo}";

    private static string DidNotRun(BenchmarkCase benchmark) => $"{Name(benchmark)} did not run";

    // The ends of its parameter, and what has a line of its own.
    private static IEnumerable<BenchmarkCase> Gated(IEnumerable<BenchmarkCase> ofMethod)
    {
        var cases = ofMethod.ToArray();
        return cases.Where((benchmark, i) => Allowed(benchmark) is { } allowed && (allowed.At is not null || i == 0 || i == cases.Length - 1));
    }

    private static AllocatesAttribute? Allowed(BenchmarkCase benchmark)
    {
        var lines = benchmark.Descriptor.WorkloadMethod.GetCustomAttributes<AllocatesAttribute>().ToArray();
        var value = benchmark.Parameters.Items.Single().Value;
        return lines.FirstOrDefault(line => Equals(line.At, value)) ?? lines.FirstOrDefault(line => line.At is null);
    }

    private static IConfig Config(ILogger log) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(new InProcessEmitToolchain(TimeSpan.FromMinutes(2), logOutput: true))
            .WithStrategy(RunStrategy.Throughput)
            .WithMinIterationTime(TimeInterval.FromMilliseconds(50))
            .WithWarmupCount(1)
            .WithIterationCount(1)
            .WithEvaluateOverhead(false)
            .WithMinInvokeCount(256)
            .WithGcForce(false))
        .AddDiagnoser(MemoryDiagnoser.Default, new QuietFinalizers())
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(log)
        .WithOptions(ConfigOptions.DisableLogFile)
        .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "gate"));
}
