using System.Text.Json.Serialization;

namespace Wire.Load.Recovery;

/// <summary>What the measurement of starts does.</summary>
internal sealed record RecoverySettings
{
    /// <summary>Sizes of the log at which starts are measured, in GB (10^9 bytes), rising.</summary>
    public IReadOnlyList<double> Sizes { get; init; } = [1, 2, 5];

    /// <summary>Sessions that each step of the growth publishes to, all of them new.</summary>
    public int Sessions { get; init; } = 100_000;

    /// <summary>Payload of a message in bytes.</summary>
    public int PayloadBytes { get; init; } = 512;

    /// <summary>Starts of each kind.</summary>
    public int Repeats { get; init; } = 5;

    /// <summary>Sessions of the first step that come back at the end.</summary>
    public int Returning { get; init; } = 100_000;

    /// <summary>Whether the caches are dropped before each start.</summary>
    public bool IsCold { get; init; }

    /// <summary>Whether starts without a snapshot of the index, which read the whole log, are measured as well.</summary>
    public bool WithoutSnapshot { get; init; }

    /// <summary>The folder for the server's data.</summary>
    [JsonIgnore]
    public string DataPath { get; init; } = "";

    /// <summary>Settings of the server, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];

    /// <summary>Where the raw results go; null: nowhere.</summary>
    [JsonIgnore]
    public string? JsonPath { get; init; }
}
