using System.Globalization;
using System.Security.Cryptography;
using Wire.Load.Disk;
using Wire.Load.Engine;
using Wire.Load.Measurement;
using Wire.Load.Processes;
using Wire.Load.Servers;

namespace Wire.Load.OpenLoop;

/// <summary>
/// Measures latency by load: in each repeat first the highest rate, in a closed loop, and then shares of it in an open loop, F at
/// the same rates in turns with Wire.
/// </summary>
internal sealed class OpenLoopProgram
{
    private const int Interrupted = 130;

    private readonly OpenLoopSettings _settings;
    private readonly CancellationToken _cancellation;
    private readonly LoadClients _clients;
    private readonly EchoTarget? _f;
    private readonly WireTarget _wire;
    private readonly string _name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
    private int _windows;

    private OpenLoopProgram(OpenLoopSettings settings, LoadClients clients, EchoTarget? f, WireTarget wire, CancellationToken cancellation)
    {
        _settings = settings;
        _clients = clients;
        _f = f;
        _wire = wire;
        _cancellation = cancellation;
    }

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0, 1 where the measurement failed, 130 where it was interrupted.</returns>
    public static int Run(OpenLoopSettings settings, CancellationToken cancellation)
    {
        try
        {
            var machine = new MachineInfo { FileSystem = MountPoint.Describe(settings.DataPath) };
            foreach (var shape in settings.Shapes)
                FileLimit.Check(shape.Connections, followers: 0, settings.Processes, startsServer: true);
            using var clients = new LoadClients(settings.Processes);
            using var f = settings.SkipF ? null : new EchoTarget();
            using var wire = new WireTarget(
                Path.Combine(settings.DataPath, $"wire-load-{Environment.ProcessId}"), settings.ServerSettings, settings.LogLimitBytes,
                isInMemory: false, touchesMemory: true);
            var program = new OpenLoopProgram(settings, clients, f, wire, cancellation);
            var shapes = settings.Shapes.Select(program.Measure).ToList();
            OpenLoopTable.Write(settings, shapes, Console.Out);
            if (settings.JsonPath is not null)
                new OpenLoopReport(machine, settings, shapes).Write(settings.JsonPath);
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

    private OpenLoopShape Measure(Shape shape)
    {
        var closed = new List<WindowResult>();
        var rates = _settings.Loads.Select(load => new OpenLoopRate(load, [], [], [])).ToList();
        // Windows that do not count: the servers' code, and the client's, is compiled for what comes.
        var warm = Measure(_wire, shape, rate: null).MessagesPerSecond;
        Measure(_wire, shape, warm / 4);
        if (_f is not null)
            Measure(_f, shape, warm / 4);
        for (var repeat = 1; repeat <= _settings.Repeats; repeat++)
        {
            if (_wire.Renew())
                Measure(_wire, shape, rate: null);
            var highest = Measure(_wire, shape, rate: null);
            closed.Add(highest);
            Console.Error.WriteLine($"{shape} {repeat}/{_settings.Repeats}: at most {ResultTable.Rate(highest.MessagesPerSecond)} a second");
            foreach (var rate in rates)
            {
                var asked = rate.Load * highest.MessagesPerSecond;
                rate.Asked.Add(asked);
                if (_f is not null)
                    rate.F.Add(Measure(_f, shape, asked));
                rate.Wire.Add(Measure(_wire, shape, asked));
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {rate.Load:0.00} of it: p50 {rate.Wire[^1].P50Microseconds:0} us, p99 {rate.Wire[^1].P99Microseconds:0} us"));
            }
        }

        return new OpenLoopShape(shape, closed, [.. rates.Select(rate => rate.WithCurves())]);
    }

    private WindowResult Measure(ServerTarget server, Shape shape, double? rate)
    {
        var plan = new LoadPlan
        {
            EndPoint = server.EndPoint,
            Protocol = server.Protocol,
            Connections = shape.Connections,
            Depth = rate is null ? shape.Depth : Math.Max(shape.Depth, _settings.MostUnanswered),
            Rate = rate,
            Linger = _settings.Linger,
            Name = string.Create(CultureInfo.InvariantCulture, $"{_name}-{++_windows:D4}"),
            Sessions = shape.Connections,
            PayloadBytes = _settings.PayloadBytes,
            Durability = _settings.Level,
            Threads = _settings.Threads,
        };
        server.Prepare(_settings.WarmUp + _settings.Window);
        return Window.Measure(server, plan, _clients, _settings.WarmUp, _settings.Window, _cancellation);
    }
}
