using System.Net;
using System.Text.Json.Serialization;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>
/// One window's load. Closed loop: each connection always has <see cref="Depth"/> publishes unanswered. Open loop: publishes are
/// sent at a <see cref="Rate"/>, with never more than <see cref="Depth"/> unanswered.
/// </summary>
internal sealed record LoadPlan
{
    /// <summary>Where the server listens.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>What it is spoken to in.</summary>
    public required ILoadProtocol Protocol { get; init; }

    /// <summary>Connections that publish.</summary>
    public required int Connections { get; init; }

    /// <summary>The number of the first connection of this process; those before it are another's.</summary>
    public int FirstConnection { get; init; }

    /// <summary>How many of them this process opens; null: all.</summary>
    public int? OwnConnections { get; init; }

    /// <summary>Publishes that each has unanswered; in an open loop, at most. 0: it is connected and publishes nothing.</summary>
    public required int Depth { get; init; }

    /// <summary>Open loop: publishes a second of all connections together. Null: closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>Open loop: how long at most a publish that is due waits for those after it, to be sent with them.</summary>
    public TimeSpan Linger { get; init; }

    /// <summary>Begins every client_id and session_id; differs from run to run, so that all sessions are new.</summary>
    public required string Name { get; init; }

    /// <summary>Sessions in all. Fewer than connections: connections share them; more: each publishes to several in turn.</summary>
    public required int Sessions { get; init; }

    /// <summary>Payload of a publish in bytes.</summary>
    public int PayloadBytes { get; init; } = 64;

    /// <summary>The level asked for.</summary>
    public Durability Durability { get; init; } = Durability.Default;

    /// <summary>
    /// Connections beside each publisher's own that are subscribed to its sessions; a message then counts once it came to all of
    /// them, too.
    /// </summary>
    public int Followers { get; init; }

    /// <summary>Whether, with <see cref="Followers"/>, it counts only once the server's handler has replied and the reply came to them.</summary>
    public bool AwaitsReplies { get; init; }

    /// <summary>
    /// Which source address the first connections come from, where they take several: one that others used up a moment ago is slow.
    /// </summary>
    public int FirstSourceAddress { get; init; }

    /// <summary>Client threads; the connections are dealt out to them.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How long nothing may happen before the run fails.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether several connections publish to one session.</summary>
    [JsonIgnore]
    public bool SharesSessions => Sessions < Connections;

    /// <summary>When the publishes of one publisher are due: all of them in turn, evenly; null in a closed loop.</summary>
    public SendSchedule? ScheduleOf(int connection)
    {
        if (Rate is not { } rate)
            return null;
        var interval = Connections / rate * 1e9;
        return new SendSchedule(interval, (double)connection / Connections, Linger.TotalNanoseconds);
    }

    /// <summary>The sessions of one publisher, in the order that it publishes to them.</summary>
    public SessionNames SessionsOf(int connection)
    {
        var digits = Sessions > 100_000 ? 8 : 5;
        return Sessions <= Connections
            ? new SessionNames($"{Name}-", digits, connection % Sessions, step: 1, count: 1)
            : new SessionNames($"{Name}-", digits, connection, Connections, (Sessions - connection + Connections - 1) / Connections);
    }
}
