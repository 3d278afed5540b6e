using System.Globalization;

namespace Wire.Load.Report;

/// <summary>The measurements that the documents' numbers come from.</summary>
internal static class ReportCatalog
{
    private const string Short = " --repeats 2 --window 0.2 --warm-up 0.1";
    private const string Sessions = "publish --shapes 64x256 --sessions";
    private const string Shapes = " --shapes 16x64,256x64,64x256,16x512";

    /// <summary>All of them, in the order in which they are made.</summary>
    public static IReadOnlyList<ReportMeasurement> All { get; } =
    [
        Load("publish-memory", "publish --level memory --data /dev/shm" + Shapes),
        Load("publish-disk", "publish --level disk" + Shapes),
        Load("encryption", "publish --level disk --encrypt"),
        Load("deliver", "deliver"),
        Load("depth1", "depth1"),
        Load("turns", "turns --shapes 64x64 --sessions 4096", "turns --shapes 1x1,256x1", "turns --shapes 1x1 --data /dev/shm"),
        Load("peers", "peers --level disk", "peers --level memory --peers redis-everysec,jetstream,jetstream-streams,nats-core,signalr"),
        new("open", ["open"], ["open --loads 0.25,0.5,0.9 --repeats 1 --window 0.3 --warm-up 0.1"]),
        new("history", ["history --cold --large 1000000"], ["history --cold --large 3000 --sessions 1000 --repeats 2 --window 0.2 --warm-up 0.1"]),
        new(
            "recovery",
            ["recovery --sizes 1,2,5,10,20 --payload 1024 --without-snapshot"],
            ["recovery --sizes 0.02,0.05 --payload 1024 --without-snapshot --sessions 1000 --returning 500 --repeats 2"]),
        new("stages", ["stages"], ["stages --iterations 1 --iteration-time 10 --filter *Framing*(PayloadBytes:?64),*Ack*(SessionIdBytes:?16)"]),
        Curve("payload", "publish --shapes 16x64 --payload", [16, 64, 256, 1024, 4096, 16_384, 65_536], [16, 1024, 65_536]),
        new(
            "connections",
            ["publish --shapes 1x16384,16x1024,64x256,256x64,1024x16,4096x4,10000x1"],
            ["publish --shapes 1x16384,16x1024,256x64" + Short]),
        new("connect", ["connect --connections 1000,4000,10000"], ["connect --connections 1000,2000 --repeats 2"]),
        new(
            "sessions",
            [
                .. Commands(Sessions, [1, 10, 100, 1000, 10_000]),
                // Each session is to have had a message before the window: else what is measured is how sessions begin.
                Sessions + " 100000 --warm-up 3", Sessions + " 1000000 --warm-up 20 --repeats 3", Sessions + " 10000000 --warm-up 120 --repeats 3",
            ],
            [.. Commands(Sessions, [1, 100, 10_000]).Select(one => one + Short)]),
        // Begun anew after each window, so that no row has windows as long as those of another; a window writes about 1 GB.
        Curve("log-length", "publish --shapes 64x256 --log-limit 1 --fill", [0, 2, 5, 10, 20], [0, 1]),
        Curve("followers", "deliver --shapes 1x64 --skip-f --followers", [1, 10, 100, 1000], [1, 10, 100]),
    ];

    private static ReportMeasurement Load(string name, params string[] commands) => new(name, commands, [.. commands.Select(command => command + Short)]);

    private static ReportMeasurement Curve(string name, string command, int[] values, int[] quick) =>
        new(name, Commands(command, values), [.. Commands(command, quick).Select(one => one + Short)]);

    private static string[] Commands(string command, int[] values) =>
        [.. values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{command} {value}"))];
}
