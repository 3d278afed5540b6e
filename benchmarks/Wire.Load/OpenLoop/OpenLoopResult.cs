using System.Text.Json;
using System.Text.Json.Serialization;
using Wire.Load.Measurement;

namespace Wire.Load.OpenLoop;

/// <summary>All that a run found, as it is written to a file.</summary>
/// <param name="Machine">Where and with what it was measured.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="Shapes">What was found.</param>
internal sealed record OpenLoopReport(MachineInfo Machine, OpenLoopSettings Settings, IReadOnlyList<OpenLoopShape> Shapes)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(string path)
    {
        using var file = File.Create(path);
        JsonSerializer.Serialize(file, this, OpenLoopJson.Default.OpenLoopReport);
    }
}

/// <summary>One shape.</summary>
/// <param name="Shape">CxD.</param>
/// <param name="Closed">The closed loop's windows, which say what the highest rate is; one a repeat.</param>
/// <param name="Rates">The open loop's, rate by rate.</param>
internal sealed record OpenLoopShape(Shape Shape, IReadOnlyList<WindowResult> Closed, IReadOnlyList<OpenLoopRate> Rates);

/// <summary>One rate.</summary>
/// <param name="Load">Its share of the highest.</param>
/// <param name="Asked">Publishes a second, in each repeat: each has its own highest rate.</param>
/// <param name="Wire">Wire's windows.</param>
/// <param name="F">F's at the same rates; none where it was left out.</param>
internal sealed record OpenLoopRate(double Load, List<double> Asked, List<WindowResult> Wire, List<WindowResult> F)
{
    // A server that did less than this share of what was asked fell behind: its latencies grow for as long as it is measured.
    private const double KeptUp = 0.98;

    /// <summary>In how many of some of its windows, F's or Wire's, less was done than was asked.</summary>
    public int FellBehind(IEnumerable<WindowResult> windows) =>
        windows.Zip(Asked).Count(pair => pair.First.MessagesPerSecond < KeptUp * pair.Second);

    /// <summary>All of Wire's latencies at this rate.</summary>
    public IReadOnlyList<PercentilePoint> WireCurve { get; init; } = [];

    /// <summary>All of F's.</summary>
    public IReadOnlyList<PercentilePoint> FCurve { get; init; } = [];

    /// <summary>The same with the curves of the windows that it has.</summary>
    public OpenLoopRate WithCurves() => this with { WireCurve = CurveOf(Wire), FCurve = CurveOf(F) };

    private static IReadOnlyList<PercentilePoint> CurveOf(List<WindowResult> windows) =>
        PercentilePoint.CurveOf(windows.Select(window => window.Latencies).OfType<LatencyHistogram>());
}

/// <summary>How it is written.</summary>
[JsonSerializable(typeof(OpenLoopReport))]
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(ShapeConverter)])]
internal sealed partial class OpenLoopJson : JsonSerializerContext;
