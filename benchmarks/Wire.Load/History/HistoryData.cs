using System.Net;
using Wire.Load.Engine;
using Wire.Protocol;

namespace Wire.Load.History;

/// <summary>Stores what is then asked for, through the server, in a closed loop.</summary>
internal static class HistoryData
{
    // One message of each session after the other: each is a record of its own, as people speak, and a session's records lie apart.
    private const int Connections = 64, Depth = 256;

    // Few enough that a session of a million messages has hundreds of thousands of records.
    private const int LargeDepth = 4;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Stores at least so many messages in each of the sessions.</summary>
    public static void Store(IPEndPoint server, HistorySettings settings, CancellationToken cancellation)
    {
        var connections = Math.Min(Connections, settings.Sessions);
        var plan = new LoadPlan
        {
            EndPoint = server,
            Protocol = WireProtocol.Ack,
            Connections = connections,
            Depth = Depth,
            Name = HistorySettings.Name,
            Sessions = settings.Sessions,
            PayloadBytes = settings.PayloadBytes,
            Durability = Durability.Disk,
        };
        Run(plan, (long)settings.Messages * ((settings.Sessions + connections - 1) / connections), cancellation);
    }

    /// <summary>Stores at least so many messages in one session.</summary>
    public static void StoreLarge(IPEndPoint server, string name, int messages, int payloadBytes, CancellationToken cancellation) => Run(
        new LoadPlan
        {
            EndPoint = server,
            Protocol = WireProtocol.Ack,
            Connections = 1,
            Depth = LargeDepth,
            Name = name,
            Sessions = 1,
            PayloadBytes = payloadBytes,
            Durability = Durability.Memory,
        },
        messages,
        cancellation);

    private static void Run(LoadPlan plan, long ofEachConnection, CancellationToken cancellation)
    {
        using var run = new LoadRun(plan);
        run.Open();
        run.Start();
        while (run.LeastCompleted < ofEachConnection)
            run.Wait(Look, cancellation);
        run.Finish();
    }
}
