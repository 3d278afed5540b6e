using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Peers;

namespace Wire.Load.Measurement;

/// <summary>All that a run found, as it is written to a file.</summary>
internal sealed record MeasurementReport
{
    /// <summary>Where, when and with what.</summary>
    public required MachineInfo Machine { get; init; }

    /// <summary>What was asked for.</summary>
    public required MeasurementSettings Settings { get; init; }

    /// <summary>What was found.</summary>
    public required IReadOnlyList<ShapeResult> Shapes { get; init; }

    /// <summary>The servers of others that were measured.</summary>
    public IReadOnlyList<PeerInfo> Peers { get; init; } = [];

    /// <summary>Those that were asked for and are not here, and why.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>How long Wire's log was before its windows, their median; what it was filled with where they do not say.</summary>
    [JsonIgnore]
    public double LogBytesBefore =>
        Spread.Of(Shapes.SelectMany(shape => shape.Repeats).Select(repeat => (double?)repeat.Wire?.LogBytesBefore))?.Median ?? Settings.FillBytes;

    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, ReportJson.Default.MeasurementReport);
    }
}

/// <summary>How reports are written.</summary>
[JsonSerializable(typeof(MeasurementReport))]
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(ShapeConverter), typeof(EndPointConverter)])]
internal sealed partial class ReportJson : JsonSerializerContext;
