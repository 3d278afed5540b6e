using System.Text.Json.Serialization;

namespace Wire.Load.Connect;

/// <summary>What the user asked for.</summary>
internal sealed record ConnectSettings
{
    /// <summary>How many connections are opened, one measurement for each number.</summary>
    public IReadOnlyList<int> Connections { get; init; } = [1_000, 10_000];

    /// <summary>Client threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Client processes, each with so many threads; 1: this one.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Pairs of windows for each number of connections.</summary>
    public int Repeats { get; init; } = 7;

    /// <summary>Whether F is left out.</summary>
    public bool SkipF { get; init; }

    /// <summary>The folder in which a folder for this run is made and removed.</summary>
    public string DataPath { get; init; } = ".";

    /// <summary>Settings of the server that is started, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];

    /// <summary>Where the raw results go; null: nowhere.</summary>
    [JsonIgnore]
    public string? JsonPath { get; init; }
}
