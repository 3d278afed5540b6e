using System.Text.Json.Serialization;

namespace Wire.Load.Stages;

/// <summary>What the user asked for.</summary>
internal sealed record StagesSettings
{
    /// <summary>Where the benchmarks' project is, from the repository's root.</summary>
    public const string DefaultProject = "benchmarks/Wire.Benchmarks";

    /// <summary>BenchmarkDotNet's filters: those of the page on performance, each stage at one value of its parameter.</summary>
    public static IReadOnlyList<string> AllStages { get; } =
    [
        "*(PayloadBytes: 64)", "*Accept*(Sessions: 1)", "*(Sessions: 1000)", "*(Waiting: 64)", "*(FrameBytes: 64)", "*(SessionIdBytes: 16)",
        "*(Followers: 10)", "*(SessionMessages: 32768)", "*Fetch*",
    ];

    /// <summary>The filters.</summary>
    public IReadOnlyList<string> Filters { get; init; } = AllStages;

    /// <summary>Iterations of each benchmark.</summary>
    public int Iterations { get; init; } = 10;

    /// <summary>Length of an iteration in milliseconds.</summary>
    public int IterationMilliseconds { get; init; } = 100;

    /// <summary>The benchmarks' project.</summary>
    [JsonIgnore]
    public string Project { get; init; } = DefaultProject;

    /// <summary>Where the raw results go; null: nowhere.</summary>
    [JsonIgnore]
    public string? JsonPath { get; init; }
}
