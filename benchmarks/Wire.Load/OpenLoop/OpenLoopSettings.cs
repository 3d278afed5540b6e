using System.Text.Json.Serialization;
using Wire.Load.Measurement;
using Wire.Protocol;

namespace Wire.Load.OpenLoop;

/// <summary>What the user asked for.</summary>
internal sealed record OpenLoopSettings
{
    /// <summary>The shapes whose highest rate is measured, in a closed loop.</summary>
    public required IReadOnlyList<Shape> Shapes { get; init; }

    /// <summary>The rates, as shares of that one.</summary>
    public IReadOnlyList<double> Loads { get; init; } = [0.1, 0.25, 0.5, 0.75, 0.9];

    /// <summary>Publishes that a connection may have unanswered in the open loop; further ones wait, and their latency counts on.</summary>
    public int MostUnanswered { get; init; } = 4096;

    /// <summary>
    /// How long at most a publish that is due waits for those of its connection after it, to be sent with them; its latency counts
    /// on. Without it a client that keeps up sends each alone, and what it takes of the cores is the server's loss.
    /// </summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>The level that publishes ask for.</summary>
    public Durability Level { get; init; } = Durability.Disk;

    /// <summary>Payload of a publish in bytes.</summary>
    public int PayloadBytes { get; init; } = 64;

    /// <summary>Client threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Client processes, each with so many threads; 1: this one.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Windows for each rate.</summary>
    public int Repeats { get; init; } = 5;

    /// <summary>How long a window is measured.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a window's load runs before that.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Whether F is left out.</summary>
    public bool SkipF { get; init; }

    /// <summary>The folder in which a folder for this run is made and removed.</summary>
    public string DataPath { get; init; } = ".";

    /// <summary>The log's size at which the server is started anew with an empty one.</summary>
    public long LogLimitBytes { get; init; } = 4L << 30;

    /// <summary>Settings of the server that is started, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];

    /// <summary>Where the raw results go; null: nowhere.</summary>
    [JsonIgnore]
    public string? JsonPath { get; init; }
}
