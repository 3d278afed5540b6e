using System.Text.Json;
using Wire.Load.Measurement;

namespace Wire.Load.Report;

/// <summary>The whole report: measures, writes raw results, renders documents and charts from them.</summary>
/// <param name="run">Runs a command of this program, and returns its exit code.</param>
/// <param name="output">Gets what is done.</param>
internal sealed class ReportProgram(Func<IReadOnlyList<string>, CancellationToken, Task<int>> run, TextWriter output)
{
    private const int Interrupted = 130;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where a measurement or the rendering failed, 130 where it was interrupted.</returns>
    public async Task<int> RunAsync(ReportSettings settings, CancellationToken cancellation)
    {
        var failed = new List<string>();
        try
        {
            if (settings.IsQuick)
                ResultFolder.MustBeQuick(settings.ResultsFolder);
            if (settings.CopiesDocuments)
                ReportDocuments.Copy(ReportSettings.Folder, settings.Docs);
            ReportDocuments.MustRender(settings.Docs, ResultFolder.Read(settings.ResultsFolder, except: settings.Measurements));
            foreach (var (measurement, i) in settings.Measurements.Select((measurement, i) => (measurement, i)))
            {
                await output.WriteLineAsync($"\n== {measurement.Name} ({i + 1} of {settings.Measurements.Count})");
                var isMade = await MeasureAsync(measurement, settings, cancellation);
                if (cancellation.IsCancellationRequested)
                    return Interrupted;
                if (!isMade)
                    failed.Add(measurement.Name);
            }

            await output.WriteLineAsync();
            ReportDocuments.Render(settings.Docs, ResultFolder.Read(settings.ResultsFolder), output);
            return failed.Count == 0 ? 0 : 1;
        }
        catch (Exception e) when (e is LoadFailureException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        finally
        {
            // Where it cannot be rendered or was interrupted, too.
            foreach (var name in failed)
                await output.WriteLineAsync($"failed: {name}; what it said is above, and what it found before is kept. Alone: {ReportMeasurement.CommandFor([name])}");
        }
    }

    private async Task<bool> MeasureAsync(ReportMeasurement measurement, ReportSettings settings, CancellationToken cancellation)
    {
        var machine = new MachineInfo();
        var commands = settings.IsQuick ? measurement.QuickCommands : measurement.Commands;
        if (ReportMeasurement.MissingFolders(commands) is [var folder, ..])
        {
            await output.WriteLineAsync($"{measurement.Name} has its data in {folder}, which is not there: it is a memory disk that Linux has, and without it this is not measured.");
            return false;
        }

        var runs = new List<ResultRun>();
        var json = Path.GetTempFileName();
        try
        {
            foreach (var command in commands)
            {
                await output.WriteLineAsync($"-- Wire.Load {command}");
                if (await run([.. command.Split(' '), "--json", json], cancellation) != 0)
                    return false;
                using var report = JsonDocument.Parse(await File.ReadAllTextAsync(json, cancellation));
                runs.Add(new ResultRun($"Wire.Load {command}", report.RootElement.Clone()));
            }

            Directory.CreateDirectory(settings.ResultsFolder);
            new ResultFile
            {
                Measurement = measurement.Name,
                Command = measurement.Command + (settings.IsQuick ? " --quick" : ""),
                IsQuick = settings.IsQuick,
                Machine = machine,
                Runs = runs,
            }.Write(ResultFolder.PathOf(settings.ResultsFolder, measurement));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return false;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            File.Delete(json);
        }
    }
}
