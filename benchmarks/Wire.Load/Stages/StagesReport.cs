using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Measurement;

namespace Wire.Load.Stages;

/// <summary>All that a run found, as it is written to a file.</summary>
/// <param name="Machine">Where and with what it was measured.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="Stages">What was found, by class and in the order in which it was measured.</param>
internal sealed record StagesReport(MachineInfo Machine, StagesSettings Settings, IReadOnlyList<StageResult> Stages)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, StagesJson.Default.StagesReport);
    }
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(StagesReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class StagesJson : JsonSerializerContext;
