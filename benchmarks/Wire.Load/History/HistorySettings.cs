using System.Text.Json.Serialization;

namespace Wire.Load.History;

/// <summary>What the measurement of history does.</summary>
internal sealed record HistorySettings
{
    /// <summary>Sessions that are stored.</summary>
    public int Sessions { get; init; } = 100_000;

    /// <summary>Messages of each, at least.</summary>
    public int Messages { get; init; } = 20;

    /// <summary>Payload of a message in bytes.</summary>
    public int PayloadBytes { get; init; } = 128;

    /// <summary>Connections that ask.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>Fetches that each has in hand: the server takes up to 4.</summary>
    public int InHand { get; init; } = 4;

    /// <summary>Messages that a Fetch asks for.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>Windows.</summary>
    public int Repeats { get; init; } = 5;

    /// <summary>How long a window is measured.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the load runs before that.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether to measure from the disk as well, with the caches dropped before each window.</summary>
    public bool IsCold { get; init; }

    /// <summary>Messages of one large session that is looked at as well; 0: none.</summary>
    public int Large { get; init; }

    /// <summary>The folder for the server's data.</summary>
    [JsonIgnore]
    public string DataPath { get; init; } = "";

    /// <summary>Whether the folder stays, to be measured again.</summary>
    public bool Keeps { get; init; }

    /// <summary>Settings of the server, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> ServerSettings { get; init; } = [];

    /// <summary>Where the raw results go; null: nowhere.</summary>
    [JsonIgnore]
    public string? JsonPath { get; init; }

    /// <summary>The id of a session; all of one length.</summary>
    public string SessionName(int session) => $"{Name}-{session.ToString(Sessions > 100_000 ? "D8" : "D5", provider: null)}";

    /// <summary>Begins the id of each session. The same each time, so that a folder can be measured again.</summary>
    public const string Name = "history";
}
