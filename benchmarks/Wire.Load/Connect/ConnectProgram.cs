using System.Globalization;
using System.Security.Cryptography;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Load.Measurement;
using Wire.Load.Processes;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Connect;

/// <summary>Measures what connections take of a server: how many it accepts a second, with their handshake, and its memory for each that is idle.</summary>
/// <remarks>
/// Each window has a server of its own: memory that one has had for connections of before it would have at once for those that come
/// after. To F a handshake is a frame that it sends back.
/// </remarks>
internal sealed class ConnectProgram(ConnectSettings settings, LoadClients clients, CancellationToken cancellation)
{
    private const int Interrupted = 130;

    // Handshakes before the window, so that the server's code is compiled. Few at once: the server's pools keep what it had for them,
    // which those of the window would not need anew.
    private const int WarmUpRounds = 160, WarmUpConnections = 16;

    private readonly string _name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
    private int _runs;
    private int _sourceAddress;

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static int Run(ConnectSettings settings, TextWriter output, CancellationToken cancellation)
    {
        try
        {
            var machine = new MachineInfo { FileSystem = MountPoint.Describe(settings.DataPath) };
            FileLimit.Check(settings.Connections.Max(), followers: 0, settings.Processes, startsServer: true);
            using var clients = new LoadClients(settings.Processes);
            var program = new ConnectProgram(settings, clients, cancellation);
            // One window that does not count: the client's code is compiled for what comes.
            program.MeasureWire(settings.Connections.Min());
            var results = settings.Connections.Select(program.Measure).ToList();
            var report = new ConnectReport(machine, settings, results);
            ConnectTable.Write(report, output);
            if (settings.JsonPath is not null)
                report.Write(settings.JsonPath);
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

    private ConnectResult Measure(int connections)
    {
        var repeats = new List<ConnectRepeat>();
        for (var i = 1; i <= settings.Repeats; i++)
        {
            var f = settings.SkipF ? null : MeasureF(connections);
            var repeat = new ConnectRepeat(f, MeasureWire(connections));
            repeats.Add(repeat);
            Console.Error.WriteLine($"{connections} connections {i}/{settings.Repeats}: {string.Join("; ", new[] { f, repeat.Wire }.OfType<ConnectWindow>().Select(Describe))}");
        }

        return new ConnectResult(connections, repeats);
    }

    private ConnectWindow MeasureF(int connections)
    {
        using var f = new EchoTarget();
        return Measure(f, connections);
    }

    private ConnectWindow MeasureWire(int connections)
    {
        using var wire = new WireTarget(
            Path.Combine(settings.DataPath, $"wire-load-{Environment.ProcessId}"), settings.ServerSettings, logLimitBytes: long.MaxValue,
            isInMemory: false, touchesMemory: false);
        return Measure(wire, connections);
    }

    private ConnectWindow Measure(ServerTarget server, int connections)
    {
        for (var i = 0; i < WarmUpRounds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var warmUp = Connect(server, Math.Max(WarmUpConnections, settings.Processes));
            warmUp.Open();
            warmUp.Start();
            warmUp.Finish();
        }

        // Ports of connections that were closed a moment ago are still taken, so what is measured has addresses of its own.
        _sourceAddress++;
        using var run = Connect(server, connections);
        _sourceAddress += LoadEngine.SourceAddressesOf(connections);
        GC.Collect();
        var before = server.Collect()!;
        var clientBefore = run.Read().CpuNanoseconds;
        var begun = MonotonicClock.Nanoseconds;
        run.Open();
        var seconds = (MonotonicClock.Nanoseconds - begun) / 1e9;
        var clientCpu = run.Read().CpuNanoseconds - clientBefore;
        var after = server.ReadStats()!;

        // From here on the connections answer what the server asks them for.
        run.Start();
        var idle = server.Collect()!;
        run.Finish();
        return new ConnectWindow
        {
            Server = server.Name,
            Seconds = seconds,
            ConnectionsPerSecond = connections / seconds,
            ServerMicrosecondsPerConnection = (after.CpuNanoseconds - before.CpuNanoseconds) / 1e3 / connections,
            ClientMicrosecondsPerConnection = clientCpu / 1e3 / connections,
            AllocatedBytesPerConnection = (double)(after.AllocatedBytes - before.AllocatedBytes)! / connections,
            MemoryBytesPerConnection = (double)(idle.WorkingSetBytes - before.WorkingSetBytes) / connections,
            HeapBytesPerConnection = (double)(idle.HeapBytes - before.HeapBytes)! / connections,
        };
    }

    private ILoadRun Connect(ServerTarget server, int connections)
    {
        var plan = new LoadPlan
        {
            EndPoint = server.EndPoint,
            Protocol = server.Protocol,
            Connections = connections,
            Depth = 0,
            Name = string.Create(CultureInfo.InvariantCulture, $"{_name}-{++_runs:D4}"),
            Sessions = connections,
            Durability = Durability.Default,
            FirstSourceAddress = _sourceAddress,
            Threads = settings.Threads,
        };
        return clients.Begin(plan);
    }

    private static string Describe(ConnectWindow window) => string.Create(
        CultureInfo.InvariantCulture, $"{window.Server} {window.ConnectionsPerSecond:0} a second, {window.MemoryBytesPerConnection / 1e3:0.00} KB each");
}
