using System.CommandLine;
using System.Globalization;
using Wire.Load.Measurement;
using Wire.Load.OpenLoop;
using Wire.Protocol;

namespace Wire.Load.Commands;

/// <summary><c>open</c>: latency by load.</summary>
internal static class OpenLoopCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new OpenLoopSettings { Shapes = [] };
        var shapes = LoadCommand.Shapes("64x256");
        var loads = new Option<string>("--loads")
        {
            Description = "The rates, as shares of the highest one, several with commas.",
            DefaultValueFactory = _ => string.Join(',', defaults.Loads.Select(load => load.ToString(CultureInfo.InvariantCulture))),
            HelpName = "share,...",
        };
        loads.Validators.Add(result =>
        {
            if (Parse(result.GetValue(loads)) is null)
                result.AddError($"'{result.GetValue(loads)}' are not shares; they are numbers above 0 and up to 2, like 0.1,0.5.");
        });
        var unanswered = LoadCommand.Number("--unanswered", "Publishes that a connection may have unanswered; further ones wait, and their latency counts on.", defaults.MostUnanswered, 1, 1_000_000);
        var linger = new Option<double>("--linger")
        {
            Description = "How long at most a publish that is due waits for those after it, to be sent with them, in milliseconds; its latency counts on. 0: each is sent when it is due.",
            DefaultValueFactory = _ => defaults.Linger.TotalMilliseconds,
            HelpName = "ms",
        };
        linger.Validators.Add(result =>
        {
            if (result.GetValue(linger) is not (>= 0 and <= 1000) and var value)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"--linger is from 0 to 1000 milliseconds, not {value}."));
        });
        var level = new Option<Durability>("--level")
        {
            Description = "The level that publishes ask for.",
            DefaultValueFactory = _ => defaults.Level,
            HelpName = "memory|disk|default",
        };
        var payload = LoadCommand.Number("--payload", "Payload of a publish in bytes.", defaults.PayloadBytes, 0, 1_000_000);
        var threads = LoadCommand.Number("--threads", "Client threads; they share the cores with the server.", defaults.Threads, 1, 64);
        var processes = LoadCommand.Processes();
        var repeats = LoadCommand.Number("--repeats", "Windows for each rate.", defaults.Repeats, 1, 1_000);
        var window = LoadCommand.Seconds("--window", "Length of a window in seconds.", defaults.Window.TotalSeconds);
        var warmUp = LoadCommand.Seconds("--warm-up", "How long the load runs before each window, in seconds.", defaults.WarmUp.TotalSeconds);
        var skipF = new Option<bool>("--skip-f") { Description = "Leave F out." };
        var data = new Option<string?>("--data") { Description = "Where the server's log goes, in a folder of its own that is removed in the end; default: the current folder.", HelpName = "folder" };
        var logLimit = LoadCommand.Number("--log-limit", "GiB of log after which the server gets an empty one.", 4, 1, 1_000);
        var set = LoadCommand.Settings();
        var json = LoadCommand.Json();
        var command = new Command("open", "Measures latency by load: publishes that are sent at a rate, whatever has been answered.")
        {
            shapes, loads, unanswered, linger, level, payload, threads, processes, repeats, window, warmUp, skipF, data, logLimit, set, json,
        };
        command.Validators.Add(result => LoadCommand.CheckProcesses(result, shapes, processes));
        command.SetAction((parsed, cancellation) => Task.FromResult(OpenLoopProgram.Run(
            new OpenLoopSettings
            {
                Shapes = LoadCommand.ParseShapes(parsed.GetValue(shapes)!),
                Loads = Parse(parsed.GetValue(loads))!,
                MostUnanswered = parsed.GetValue(unanswered),
                Linger = TimeSpan.FromMilliseconds(parsed.GetValue(linger)),
                Level = parsed.GetValue(level),
                PayloadBytes = parsed.GetValue(payload),
                Threads = parsed.GetValue(threads),
                Processes = parsed.GetValue(processes),
                Repeats = parsed.GetValue(repeats),
                Window = TimeSpan.FromSeconds(parsed.GetValue(window)),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                SkipF = parsed.GetValue(skipF),
                DataPath = parsed.GetValue(data) ?? ".",
                LogLimitBytes = (long)parsed.GetValue(logLimit) << 30,
                ServerSettings = parsed.GetValue(set) ?? [],
                JsonPath = parsed.GetValue(json),
            },
            cancellation)));
        return command;
    }

    private static double[]? Parse(string? list)
    {
        var values = new List<double>();
        foreach (var part in (list ?? "").Split(','))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value is not (> 0 and <= 2))
                return null;
            values.Add(value);
        }

        return [.. values];
    }
}
