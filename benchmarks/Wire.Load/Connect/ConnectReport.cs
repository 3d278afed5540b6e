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
    /// <summary>F's memory for each connection more; null where it cannot be known.</summary>
    public Spread? MemoryOfFForEachMore => ForEachMore(repeat => repeat.F);

    /// <summary>Wire's.</summary>
    public Spread? MemoryOfWireForEachMore => ForEachMore(repeat => repeat.Wire);

    /// <summary>Between which numbers of connections that is; null where there are none.</summary>
    [JsonIgnore]
    public (ConnectResult Fewest, ConnectResult Most)? Range =>
        Results.MinBy(result => result.Connections) is { } fewest && Results.MaxBy(result => result.Connections) is { } most && fewest.Connections < most.Connections
            ? (fewest, most)
            : null;

    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, ConnectJson.Default.ConnectReport);
    }

    // What a process takes once, whatever the number, is in both and cancels out.
    private Spread? ForEachMore(Func<ConnectRepeat, ConnectWindow?> window)
    {
        if (Range is not { } range)
            return null;
        return Spread.Of(range.Fewest.Repeats.Zip(range.Most.Repeats, (fewest, most) =>
            (All(most, range.Most) - All(fewest, range.Fewest)) / (range.Most.Connections - range.Fewest.Connections)));

        double? All(ConnectRepeat repeat, ConnectResult result) => window(repeat)?.MemoryBytesPerConnection * result.Connections;
    }
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(ConnectReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ConnectJson : JsonSerializerContext;
