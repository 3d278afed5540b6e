using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Measurement;

namespace Wire.Load.Report;

/// <summary>The raw results of one measurement.</summary>
internal sealed record ResultFile
{
    /// <summary>Its name, see <see cref="ReportCatalog"/>.</summary>
    public required string Measurement { get; init; }

    /// <summary>The command that makes this file alone.</summary>
    public required string Command { get; init; }

    /// <summary>Whether it is a trial run with short windows and small data.</summary>
    public required bool IsQuick { get; init; }

    /// <summary>Where, when and with what it was measured.</summary>
    public required MachineInfo Machine { get; init; }

    /// <summary>What each command found.</summary>
    public required IReadOnlyList<ResultRun> Runs { get; init; }

    /// <summary>The file systems on which its commands wrote; none where they do not say.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> FileSystems =>
    [
        .. Runs.Select(run => run.Report.TryGetProperty("machine", out var machine) && machine.TryGetProperty("fileSystem", out var system) ? system.GetString() : null)
            .OfType<string>().Distinct(),
    ];

    /// <summary>Writes it as JSON; what was there before stays until all of it is written.</summary>
    public void Write(string path)
    {
        var next = path + ".new";
        File.WriteAllText(next, JsonSerializer.Serialize(this, ResultJson.Default.ResultFile) + "\n");
        File.Move(next, path, overwrite: true);
    }
}

/// <summary>How it is written: keys in the order in which they are declared.</summary>
[JsonSerializable(typeof(ResultFile))]
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ResultJson : JsonSerializerContext;
