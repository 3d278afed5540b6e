using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Wire.Load.Measurement;

namespace Wire.Load.Report;

/// <summary>The raw results that are there.</summary>
internal sealed class ResultFolder
{
    private readonly Dictionary<string, ResultFile> _files;

    /// <summary>These results.</summary>
    public ResultFolder(IEnumerable<ResultFile> files) => _files = files.ToDictionary(file => file.Measurement);

    /// <summary>Reads a folder; one that is not there has no results.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="except">Measurements whose files are left out: they are about to be made anew.</param>
    /// <exception cref="LoadFailureException">A file is no result.</exception>
    public static ResultFolder Read(string folder, params IReadOnlyList<ReportMeasurement> except) =>
        new(ReportCatalog.All.Except(except).Where(measurement => File.Exists(PathOf(folder, measurement))).Select(measurement => Read(folder, measurement)));

    /// <summary>Looks whether a folder has quick results alone, before a quick report writes over them.</summary>
    /// <exception cref="LoadFailureException">It has others, or a file is no result.</exception>
    public static void MustBeQuick(string folder)
    {
        var others = Read(folder)._files.Values.Where(file => !file.IsQuick).Select(file => file.Measurement).ToList();
        if (others.Count > 0)
            throw new LoadFailureException($"{folder} has results that are not quick ({string.Join(", ", others)}), and a quick report would write over them or mix with them; name another folder.");
    }

    /// <summary>The file of a measurement.</summary>
    public static string PathOf(string folder, ReportMeasurement measurement) => Path.Combine(folder, measurement.Name + ".json");

    /// <summary>The result of a measurement; null where it was not made.</summary>
    public ResultFile? Find(string measurement) => _files.GetValueOrDefault(measurement);

    /// <summary>What the commands of a measurement found, in their order; nothing where it was not made.</summary>
    /// <exception cref="LoadFailureException">They found something else.</exception>
    public IReadOnlyList<T> Runs<T>(string measurement, JsonTypeInfo<T> type)
    {
        if (Find(measurement) is not { } file)
            return [];
        try
        {
            return [.. file.Runs.Select(run => run.Report.Deserialize(type)!)];
        }
        catch (JsonException e)
        {
            throw NoResult(measurement + ".json", file.Command, e);
        }
    }

    /// <summary>The same of what <c>publish</c>, <c>deliver</c>, <c>turns</c>, <c>depth1</c> and <c>peers</c> find.</summary>
    public IReadOnlyList<MeasurementReport> Loads(string measurement) => Runs(measurement, ReportJson.Default.MeasurementReport);

    private static ResultFile Read(string folder, ReportMeasurement measurement)
    {
        var path = PathOf(folder, measurement);
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllText(path), ResultJson.Default.ResultFile);
            if (file?.Runs is not { Count: > 0 })
                throw new JsonException("it has no runs");
            return file.Measurement == measurement.Name
                ? file
                : throw new LoadFailureException($"{path} has the results of '{file.Measurement}'; give it that name.");
        }
        catch (JsonException e)
        {
            throw NoResult(path, measurement.Command, e);
        }
    }

    private static LoadFailureException NoResult(string file, string command, JsonException e) =>
        new($"{file} cannot be read ({e.Message}); make it anew with '{command}', or delete it.");
}
