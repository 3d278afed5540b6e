using System.Net;
using System.Text.Json.Serialization;
using Wire.Protocol;

namespace Wire.Load.Measurement;

/// <summary>What the user asked for.</summary>
internal sealed record MeasurementSettings
{
    /// <summary>What is measured.</summary>
    public required LoadMode Mode { get; init; }

    /// <summary>The shapes, one after the other.</summary>
    public required IReadOnlyList<Shape> Shapes { get; init; }

    /// <summary>The level that publishes ask for.</summary>
    public Durability Level { get; init; } = Durability.Default;

    /// <summary>Payload of a publish in bytes.</summary>
    public int PayloadBytes { get; init; } = 64;

    /// <summary>Sessions in all; 0: one for each connection.</summary>
    public int Sessions { get; init; }

    /// <summary>Connections that follow each publisher's sessions, where messages are delivered.</summary>
    public int Followers { get; init; } = 1;

    /// <summary>Connections that follow each one that publishes: none where nothing is delivered.</summary>
    [JsonIgnore]
    public int FollowersOfEach => Mode is LoadMode.Deliver or LoadMode.Turns ? Followers : 0;

    /// <summary>Client threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Client processes, each with so many threads; 1: this one.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Pairs of windows for each shape.</summary>
    public int Repeats { get; init; } = 7;

    /// <summary>How long a window is measured.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How long a window's load runs before that.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Whether F is left out.</summary>
    public bool SkipF { get; init; }

    /// <summary>Whether Wire is left out.</summary>
    public bool SkipWire { get; init; }

    /// <summary>Whether a second Wire is measured beside the first, which encrypts its log.</summary>
    public bool Encrypts { get; init; }

    /// <summary>The servers of others that are measured beside it.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>A Wire server that is running already; null: one is started.</summary>
    public IPEndPoint? EndPoint { get; init; }

    /// <summary>The process of that server, where it is on this machine.</summary>
    public int? ServerProcessId { get; init; }

    /// <summary>
    /// With <see cref="EndPoint"/> that server's data folder, which is only looked at, or null; else the folder in which
    /// a folder for this run is made and removed.
    /// </summary>
    public string? DataPath { get; init; }

    /// <summary>The folder, under that or the current one, for what a started server keeps.</summary>
    public string FolderFor(string server) => Path.Combine(DataPath ?? ".", $"wire-load-{Environment.ProcessId}-{server}");

    /// <summary>The log's size at which the server is started anew with an empty one.</summary>
    public long LogLimitBytes { get; init; } = 4L << 30;

    /// <summary>How long the log of the server that is started is before the first window.</summary>
    public long FillBytes { get; init; }

    /// <summary>Whether the server that is started keeps its log in memory: to see what the log on disk costs.</summary>
    public bool IsInMemory { get; init; }

    /// <summary>Whether memory is touched before each window where the log is on a memory disk.</summary>
    public bool TouchesMemory { get; init; } = true;

    /// <summary>Settings of the server that is started, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];

    /// <summary>Where the raw results go; null: nowhere.</summary>
    [JsonIgnore]
    public string? JsonPath { get; init; }
}
