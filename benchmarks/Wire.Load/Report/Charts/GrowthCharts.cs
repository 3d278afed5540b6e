using Wire.Load.Connect;
using Wire.Load.Measurement;
using Wire.Load.Recovery;
using Wire.Load.Report.Sections;

namespace Wire.Load.Report.Charts;

/// <summary>How something grows with something else.</summary>
internal static class GrowthCharts
{
    private static readonly ChartAxis Cpu = new("server CPU a message", value => Figures.Nanoseconds(value));
    private static readonly ChartAxis Rate = new("messages a second", value => Figures.Scaled(value));
    private static readonly ChartAxis Connection = new("connections", value => Figures.Scaled(value));

    /// <summary>A start's time by the log's length.</summary>
    public static string Recovery(ResultFolder results, ResultFile file)
    {
        var report = results.Runs("recovery", RecoveryJson.Default.RecoveryReport)[0];
        return new LineChart(
            "Start to ready, process included, by the log's length", Caption.Short(file), new ChartAxis("log in GB", Figures.Digits),
            new ChartAxis("time to ready", milliseconds => Figures.Time(milliseconds * 1e3)),
            [
                Starts("after kill -9", ChartColor.Blue, null, step => step.KilledMilliseconds),
                Starts("after an orderly stop", ChartColor.Teal, "7 4", step => step.OrderlyMilliseconds),
                Starts("without a snapshot of the index", ChartColor.Orange, "2 4", step => step.WithoutSnapshotMilliseconds),
            ]).Draw();

        ChartSeries Starts(string name, ChartColor color, string? dashes, Func<RecoveryStep, List<double>?> times) => new(
            name, color,
            [
                .. from step in report.Steps
                   where times(step) is not null
                   select (step.LogBytes / 1e9, Figures.Median(times(step)!.Select(time => (double?)time))!.Value),
            ])
        { Dashes = dashes };
    }

    /// <summary>CPU by payload.</summary>
    public static string Payload(ResultFolder results, ResultFile file) => FAndWire(
        "Server CPU a publish (DISK), by payload", file, new ChartAxis("payload", value => Figures.Bytes(value)) { Marks = [.. Payloads(results).Distinct().Order()] }, Cpu,
        ByRun(results, "payload", report => report.Settings.PayloadBytes), w => w.ServerNanosecondsPerMessage);

    /// <summary>CPU by sessions.</summary>
    public static string Sessions(ResultFolder results, ResultFile file) => FAndWire(
        "Server CPU a publish (DISK), by sessions published to in turn", file, new ChartAxis("sessions", value => Figures.Scaled(value)), Cpu,
        ByRun(results, "sessions", report => report.Settings.Sessions), w => w.ServerNanosecondsPerMessage);

    /// <summary>Rate by the log's length.</summary>
    public static string LogLength(ResultFolder results, ResultFile file) => FAndWire(
        "Publishes acknowledged (DISK), by the log's length before", file, new ChartAxis("GB of log", Figures.Digits), Rate,
        ByRun(results, "log-length", report => report.LogBytesBefore / 1e9), w => w.MessagesPerSecond);

    /// <summary>Rate by connections.</summary>
    public static string Connections(ResultFolder results, ResultFile file) => FAndWire(
        "Publishes acknowledged (DISK), by connections", file, Connection, Rate,
        ByConnections(results), w => w.MessagesPerSecond);

    /// <summary>Memory by connections.</summary>
    public static string Memory(ResultFolder results, ResultFile file)
    {
        var all = results.Runs("connect", ConnectJson.Default.ConnectReport).SelectMany(report => report.Results).ToList();
        return new LineChart(
            "Resident memory of the server beyond one without connections, by idle connections", Caption.Short(file), Connection, new ChartAxis("MB", Figures.Digits),
            [
                new("F, the bare echo", ChartColor.Grey, Line(result => result.MemoryOfF)) { Dashes = "7 4" },
                new("Wire", ChartColor.Blue, Line(result => result.MemoryOfWire)),
            ]).Draw();

        List<(double X, double Y)> Line(Func<ConnectResult, Spread?> value) =>
            [.. from result in all where value(result) is not null select ((double)result.Connections, result.Connections * value(result)!.Value.Median / 1e6)];
    }

    /// <summary>CPU by followers.</summary>
    public static string Followers(ResultFolder results, ResultFile file)
    {
        var points = ByRun(results, "followers", report => report.Settings.Followers).ToList();
        return new LineChart(
            "Server CPU by followers of a session (DISK)", Caption.Short(file), new ChartAxis("followers", value => Figures.Scaled(value)), new ChartAxis("server CPU", value => Figures.Nanoseconds(value)),
            [
                new("a message", ChartColor.Blue, Line(points, shape => shape.Wire(w => w.ServerNanosecondsPerMessage))),
                new("a delivery", ChartColor.Teal, [.. Line(points, shape => shape.Wire(w => w.ServerNanosecondsPerMessage)).Select(point => (point.X, point.Y / point.X))]) { Dashes = "7 4" },
            ]).Draw();
    }

    private static string FAndWire(
        string title, ResultFile file, ChartAxis x, ChartAxis y, IEnumerable<(double X, ShapeResult Shape)> points, Func<WindowResult, double?> value)
    {
        var all = points.ToList();
        return new LineChart(
            title, Caption.Short(file), x, y,
            [
                new("F, the bare echo", ChartColor.Grey, Line(all, shape => shape.F(value))) { Dashes = "7 4" },
                new("Wire", ChartColor.Blue, Line(all, shape => shape.Wire(value))),
            ]).Draw();
    }

    private static IEnumerable<(double X, ShapeResult Shape)> ByRun(ResultFolder results, string measurement, Func<MeasurementReport, double> x) =>
        results.Loads(measurement).SelectMany(report => report.Shapes.Select(shape => (x(report), shape)));

    private static IEnumerable<double> Payloads(ResultFolder results) => results.Loads("payload").Select(report => (double)report.Settings.PayloadBytes);

    private static IEnumerable<(double X, ShapeResult Shape)> ByConnections(ResultFolder results) =>
        results.Loads("connections").SelectMany(report => report.Shapes.Select(shape => ((double)Shape.Parse(shape.Shape).Connections, shape)));

    private static List<(double X, double Y)> Line(IEnumerable<(double X, ShapeResult Shape)> points, Func<ShapeResult, double?> value) =>
        [.. from point in points where value(point.Shape) is not null select (point.X, value(point.Shape)!.Value)];
}
