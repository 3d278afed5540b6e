using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Measurement;

namespace Wire.Load.Connect;

/// <summary>All that a run found, as it is written to a file.</summary>
/// <param name="Machine">Where and with what it was measured.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="Results">What was found, by number of connections.</param>
internal sealed record ConnectReport(MachineInfo Machine, ConnectSettings Settings, IReadOnlyList<ConnectResult> Results)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, ConnectJson.Default.ConnectReport);
    }
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(ConnectReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ConnectJson : JsonSerializerContext;
