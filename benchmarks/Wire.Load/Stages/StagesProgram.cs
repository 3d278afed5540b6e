using System.Diagnostics;
using System.Globalization;
using Wire.Load.Measurement;
using Wire.Load.Report.Sections;

namespace Wire.Load.Stages;

/// <summary>Runs the benchmarks of the stages, which need BenchmarkDotNet's own processes, and keeps what tables show.</summary>
internal static class StagesProgram
{
    private const int Interrupted = 130;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static async Task<int> RunAsync(StagesSettings settings, TextWriter output, CancellationToken cancellation)
    {
        var artifacts = Directory.CreateTempSubdirectory("wire-stages-");
        try
        {
            if (!Directory.Exists(settings.Project))
                throw new LoadFailureException($"{settings.Project} is not there; run this from the repository's root, or name the benchmarks' project with --project.");
            var machine = new MachineInfo();
            await BenchmarkAsync(settings, artifacts.FullName, cancellation);
            var stages = BenchmarkExport.Read(artifacts.FullName);
            MustBeComplete(settings, stages);
            foreach (var stage in stages)
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{stage}: {stage.LowestNanoseconds:0.00} ns at least, {stage.AllocatedBytes ?? 0} B"));
            if (settings.JsonPath is not null)
                new StagesReport(machine, settings, stages).Write(settings.JsonPath);
            return 0;
        }
        catch (LoadFailureException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Interrupted;
        }
        finally
        {
            artifacts.Delete(recursive: true);
        }
    }

    /// <summary>Looks whether every row of the table has its benchmarks: a class that BenchmarkDotNet refuses leaves no trace in what it exports.</summary>
    /// <exception cref="LoadFailureException">All were to be run, and some are not there.</exception>
    internal static void MustBeComplete(StagesSettings settings, IReadOnlyList<StageResult> stages)
    {
        if (!settings.Filters.SequenceEqual(StagesSettings.AllStages))
            return;
        var missing = StagesSection.Rows.SelectMany(row => row.Names()).Except(stages.Select(stage => $"{stage}")).ToList();
        if (missing.Count > 0)
            throw new LoadFailureException($"BenchmarkDotNet has no result of {string.Join(", ", missing)}; what it said is above. Where a benchmark has another name or value now, the filters and the table must follow.");
    }

    private static async Task BenchmarkAsync(StagesSettings settings, string artifacts, CancellationToken cancellation)
    {
        // The projects that BenchmarkDotNet makes are built while nothing else runs, but on a slow machine that takes its time.
        const string BuildSeconds = "600";
        using var process = Process.Start("dotnet",
        [
            "run", "-c", "Release", "--project", settings.Project, "--",
            "--job", "short", "--iterationCount", Number(settings.Iterations), "--iterationTime", Number(settings.IterationMilliseconds),
            "--buildTimeout", BuildSeconds, "--exporters", "fulljson", "--artifacts", artifacts, "--filter", .. settings.Filters,
        ]);
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
            throw new LoadFailureException($"The benchmarks ended with exit code {process.ExitCode}; what they said is above.");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
