using System.CommandLine;
using Wire.Load.Measurement;

namespace Wire.Load.Commands;

/// <summary>The program's command line: every command that there is.</summary>
internal static class WireLoadCommand
{
    /// <summary>Makes it.</summary>
    public static RootCommand Create() => new(
        "Measures Wire end to end, always beside F, a bare Kestrel that echoes the same frames, in turns on the same machine.")
    {
        LoadCommand.Create(LoadMode.Publish, "Measures answered publishes a second.", "256x64,64x256"),
        LoadCommand.Create(LoadMode.Turns, "Measures messages a second that a handler which answers at once has replied to, on another connection.", "1x1,256x1,1024x1"),
        LoadCommand.Create(LoadMode.Deliver, "Measures messages a second that come to a subscriber on another connection.", "64x256"),
        LoadCommand.Create(LoadMode.Depth1, "Measures the latency of one publish at a time.", "1x1"),
        LoadCommand.Create(LoadMode.Peers, "Measures answered publishes a second beside servers of others, each in its own protocol.", "16x64,64x256"),
        OpenLoopCommand.Create(),
        ConnectCommand.Create(),
        HistoryCommand.Create(),
        RecoveryCommand.Create(),
        StagesCommand.Create(),
        ReportCommand.Create(),
        EchoServerCommand.Create(),
        LoadWorkerCommand.Create(),
        SignalRServerCommand.Create(),
        WireServerCommand.Create(),
    };
}
