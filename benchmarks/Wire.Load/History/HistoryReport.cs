using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Measurement;

namespace Wire.Load.History;

/// <summary>All that a run found, as it is written to a file.</summary>
/// <param name="Machine">Where and with what it was measured.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="LogBytes">How long the log was.</param>
/// <param name="Warm">From memory.</param>
/// <param name="Cold">From the disk, if it was measured.</param>
/// <param name="Large">Large sessions, if they were measured.</param>
internal sealed record HistoryReport(
    MachineInfo Machine, HistorySettings Settings, long LogBytes, HistoryResult Warm, HistoryResult? Cold, IReadOnlyList<LargeSessionResult> Large)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, HistoryJson.Default.HistoryReport);
    }
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(HistoryReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class HistoryJson : JsonSerializerContext;
