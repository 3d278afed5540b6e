using System.Diagnostics;
using System.Reflection;
using Wire.Load.Disk;
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
        var begun = TimeProvider.System.GetLocalNow();
        if (typeof(MeasurementProgram).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true)
            Console.Error.WriteLine("This is a Debug build: its figures mean nothing. Run it with -c Release.");
        try
        {
            using var f = settings.SkipF ? null : new EchoTarget();
            using var wire = StartWire(settings);
            using var disk = settings.Mode == LoadMode.Depth1 && settings.Level != Durability.Memory && wire is not null
                ? new SyncedWrite(DiskFolder(settings))
                : null;
            var shapes = new Comparison(settings, f, wire, disk, Console.Error).Run(cancellation);
            ResultTable.Write(settings, shapes, Console.Out);
            if (settings.JsonPath is not null)
                new MeasurementReport { Begun = begun, Settings = settings, Shapes = shapes }.Write(settings.JsonPath);
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
    }

    private static ServerTarget? StartWire(MeasurementSettings settings)
    {
        if (settings.SkipWire)
            return null;
        return settings.EndPoint is null
            ? new WireTarget(
                Path.Combine(settings.DataPath ?? ".", $"wire-load-{Environment.ProcessId}"),
                settings.Mode == LoadMode.Turns ? [.. settings.ServerSettings, "Wire:Dispatch:Mode=Echo"] : settings.ServerSettings,
                settings.LogLimitBytes,
                settings.IsInMemory,
                settings.TouchesMemory)
            : new ExternalTarget(settings.EndPoint, settings.ServerProcessId, settings.DataPath);
    }

    // On the log's disk, but never in a server's own data folder.
    private static string DiskFolder(MeasurementSettings settings)
    {
        var folder = Path.GetFullPath(settings.DataPath ?? ".");
        return settings.EndPoint is null || settings.DataPath is null ? folder : Path.GetDirectoryName(folder) ?? folder;
    }
}
