using Wire.Load.Measurement;
using Wire.Load.Peers.Nats;
using Wire.Load.Peers.Redis;
using Wire.Load.Peers.SignalR;

namespace Wire.Load.Peers;

/// <summary>The peers that can be measured.</summary>
internal static class PeerCatalog
{
    private static readonly IReadOnlyList<PeerProgram> Programs =
    [
        new RedisProgram("always"), new RedisProgram("everysec"),
        new JetStreamProgram(isShared: true), new JetStreamProgram(isShared: false), new NatsCoreProgram(),
    ];

    /// <summary>Their names, in the order in which they take their turns.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Programs.Select(program => program.Name), SignalRPeer.TableName];

    /// <summary>Starts those that are asked for and installed.</summary>
    /// <param name="settings">Which, and where their data goes.</param>
    /// <param name="started">Gets each; the caller disposes of them, whatever this throws.</param>
    /// <returns>Those that are not installed, each with the program that is missing.</returns>
    public static IReadOnlyList<string> Start(MeasurementSettings settings, List<PeerTarget> started) => Start(settings, Programs, started);

    /// <summary>The same, of these programs.</summary>
    internal static IReadOnlyList<string> Start(MeasurementSettings settings, IReadOnlyList<PeerProgram> programs, List<PeerTarget> started)
    {
        var skipped = new List<string>();
        foreach (var name in settings.Peers)
        {
            // It comes with this program.
            if (name == SignalRPeer.TableName)
            {
                started.Add(new SignalRPeer());
                continue;
            }

            var program = programs.First(program => program.Name == name);
            if (program.Find() is { } path)
                started.Add(new InstalledPeer(program, path, settings.FolderFor(name), settings.LogLimitBytes));
            else
                skipped.Add($"{name}: {program.File} is not installed");
        }

        return skipped;
    }
}
