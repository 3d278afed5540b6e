using System.Diagnostics;
using System.Reflection;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Load.Peers;
using Wire.Load.Processes;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Measurement;

/// <summary>A whole measurement: starts the servers, compares, prints, writes.</summary>
internal static class MeasurementProgram
{
    private const int Interrupted = 130;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static int Run(MeasurementSettings settings, CancellationToken cancellation)
    {
        // Where the data of a server that runs already is, only who names it knows.
        var machine = new MachineInfo { FileSystem = settings.EndPoint is not null && settings.DataPath is null ? null : MountPoint.Describe(settings.DataPath ?? ".") };
        if (typeof(MeasurementProgram).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true)
            Console.Error.WriteLine("This is a Debug build: its figures mean nothing. Run it with -c Release.");
        var peers = new List<PeerTarget>();
        try
        {
            foreach (var shape in settings.Shapes)
                FileLimit.Check(shape.Connections, settings.FollowersOfEach, settings.Processes, startsServer: settings.EndPoint is null);
            using var clients = new LoadClients(settings.Processes);
            using var f = settings.SkipF ? null : new EchoTarget();
            using var wire = StartWire(settings);
            using var keys = settings.Encrypts ? new KeyFile() : null;
            using var encrypted = keys is null ? null : StartOwn(settings, [keys.Setting], "encrypted");
            using var disk = settings.Mode == LoadMode.Depth1 && settings.Level != Durability.Memory && wire is not null
                ? new SyncedWrite(DiskFolder(settings))
                : null;
            var skipped = PeerCatalog.Start(settings, peers);
            foreach (var reason in skipped)
                Console.Error.WriteLine($"skipped: {reason}");
            var shapes = new Comparison(settings, clients, f, wire, encrypted, peers, disk, Console.Error).Run(cancellation);
            ResultTable.Write(settings, shapes, Console.Out);
            var infos = peers.Select(peer => peer.Info).ToList();
            ResultTable.WritePeers(infos, skipped, Console.Out);
            if (settings.JsonPath is not null)
                new MeasurementReport { Machine = machine, Settings = settings, Shapes = shapes, Peers = infos, Skipped = skipped }.Write(settings.JsonPath);
            return 0;
        }
        catch (LoadFailureException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Interrupted;
        }
        finally
        {
            peers.ForEach(peer => peer.Dispose());
        }
    }

    private static ServerTarget? StartWire(MeasurementSettings settings)
    {
        if (settings.SkipWire)
            return null;
        return settings.EndPoint is null
            ? StartOwn(settings, [], "Wire")
            : new ExternalTarget(settings.EndPoint, settings.ServerProcessId, settings.DataPath);
    }

    private static WireTarget StartOwn(MeasurementSettings settings, IEnumerable<string> more, string name) => new(
        settings.FolderFor(name),
        [.. settings.ServerSettings, .. more, .. settings.Mode == LoadMode.Turns ? ["Wire:Dispatch:Mode=Echo"] : Array.Empty<string>()],
        settings.LogLimitBytes,
        settings.IsInMemory,
        settings.TouchesMemory,
        name)
    {
        FillBytes = settings.FillBytes,
    };

    // On the log's disk, but never in a server's own data folder.
    private static string DiskFolder(MeasurementSettings settings)
    {
        var folder = Path.GetFullPath(settings.DataPath ?? ".");
        return settings.EndPoint is null || settings.DataPath is null ? folder : Path.GetDirectoryName(folder) ?? folder;
    }
}
