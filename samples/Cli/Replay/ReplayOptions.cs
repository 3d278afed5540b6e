using Wire.Protocol;

namespace Wire.Cli.Replay;

/// <summary>What a replay is to do.</summary>
internal sealed record ReplayOptions
{
    public required ServerAddress Server { get; init; }

    /// <summary>What all session and client ids of the run begin with.</summary>
    public required string Prefix { get; init; }

    /// <summary>So many dialogues are spoken at once.</summary>
    public int Parallel { get; init; } = 64;

    /// <summary>So many connections of visitors, and as many of agents. Each carries its share of the dialogues.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>After so long without any progress the replay gives up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a speaker thinks before each turn.</summary>
    public TimeSpan Pace { get; init; }

    public Durability Durability { get; init; }

    /// <summary>The server tells visitors and agents apart.</summary>
    public bool ChecksRoles { get; init; } = true;
}
