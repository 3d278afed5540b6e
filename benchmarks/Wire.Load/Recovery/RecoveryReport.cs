using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Measurement;

namespace Wire.Load.Recovery;

/// <summary>All that a run found, as it is written to a file.</summary>
/// <param name="Machine">Where and with what it was measured.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="EmptyMilliseconds">Starts over an empty log, process included.</param>
/// <param name="Steps">Starts as the log grew.</param>
/// <param name="Returning">Sessions that came back in the end, if that was measured.</param>
internal sealed record RecoveryReport(
    MachineInfo Machine, RecoverySettings Settings, List<double> EmptyMilliseconds, IReadOnlyList<RecoveryStep> Steps, ReturningResult? Returning)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, RecoveryJson.Default.RecoveryReport);
    }
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(RecoveryReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class RecoveryJson : JsonSerializerContext;
