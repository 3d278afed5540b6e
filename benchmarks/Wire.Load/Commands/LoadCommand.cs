using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Wire.Load.Measurement;
using Wire.Load.Peers;
using Wire.Load.Servers;
using Wire.Protocol;

namespace Wire.Load.Commands;

/// <summary>The commands that measure: one for each <see cref="LoadMode"/>, with the same options.</summary>
internal static class LoadCommand
{
    /// <summary>Makes the command of a mode.</summary>
    /// <param name="mode">What it measures.</param>
    /// <param name="description">Its help.</param>
    /// <param name="defaultShapes">The shapes where none are named.</param>
    public static Command Create(LoadMode mode, string description, string defaultShapes)
    {
        var shapes = Shapes(defaultShapes);
        var level = new Option<Durability>("--level")
        {
            Description = "The level that publishes ask for.",
            DefaultValueFactory = _ => Durability.Disk,
            HelpName = "memory|disk|default",
        };
        var payload = Number("--payload", "Payload of a publish in bytes.", 64, 0, 1_000_000);
        var sessions = Number("--sessions", "Sessions in all; 0: one for each connection.", 0, 0, 10_000_000);
        var followers = Number("--followers", "Connections that follow each session, where messages are delivered.", 1, 1, 100_000);
        var threads = Number("--threads", "Client threads; they share the cores with the server.", 1, 1, 64);
        var processes = Processes();
        var repeats = Number("--repeats", "Windows for each server and shape.", 7, 1, 1_000);
        var window = Seconds("--window", "Length of a window in seconds.", 1.5);
        var warmUp = Seconds("--warm-up", "How long the load runs before each window, in seconds.", 0.5);
        var skipF = new Option<bool>("--skip-f") { Description = "Leave F out; there are no ratios then." };
        var skipWire = new Option<bool>("--skip-wire") { Description = "Leave Wire out: measure F alone." };
        var endPoint = new Option<string?>("--endpoint")
        {
            Description = "A Wire server that runs already; without it one is started, in a process of its own.",
            HelpName = "address:port",
        };
        endPoint.Validators.Add(result =>
        {
            if (result.GetValue(endPoint) is { } text && (!IPEndPoint.TryParse(text, out var parsed) || parsed.Port == 0))
                result.AddError($"'{text}' is not an address and a port, like 127.0.0.1:7400.");
        });
        var processId = new Option<int?>("--server-pid")
        {
            Description = "The process behind --endpoint, to read its CPU time and memory.",
            HelpName = "pid",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Where the log of the server that is started goes, in a folder of its own that is removed in the end "
                + "(default: the current folder). With --endpoint: that server's data folder, which is only looked at.",
            HelpName = "folder",
        };
        var logLimit = Number("--log-limit", "GiB of log after which the started server gets an empty one; with --fill by how much it may grow beyond that.", 4, 1, 1_000);
        var fill = Number("--fill", "GB (10^9 bytes) that the log of the server that is started has before the first window; grown by a tenth, it is begun anew with as much.", 0, 0, 100_000);
        var inMemory = new Option<bool>("--in-memory")
        {
            Description = "Start the server with a log in memory; no --level disk then.",
        };
        var encrypt = new Option<bool>("--encrypt")
        {
            Description = "Measure a second server beside the first, which encrypts its log, and compare the two.",
        };
        var noTouch = new Option<bool>("--no-touch")
        {
            Description = "Leave memory as it is. Otherwise, where --data is on a memory disk, a file of 1 GiB for each second is "
                + "written and deleted before each window, so that a virtual machine has the memory that the log takes.",
        };
        var peers = new Option<string>("--peers")
        {
            Description = "Servers of others to measure beside Wire, several with commas; those that are not installed are named and left out.",
            DefaultValueFactory = _ => string.Join(',', PeerCatalog.Names),
            HelpName = "name,...",
        };
        peers.Validators.Add(result =>
        {
            foreach (var name in result.GetValue(peers)!.Split(',').Except(PeerCatalog.Names))
                result.AddError($"'{name}' is no peer; there are {string.Join(", ", PeerCatalog.Names)}.");
        });
        var set = Settings();
        var json = Json();

        var command = new Command(mode.ToString().ToLowerInvariant(), description)
        {
            shapes, level, payload, sessions, followers, threads, repeats, window, warmUp, skipF, skipWire, endPoint, processId,
            data, logLimit, fill, inMemory, encrypt, noTouch, set, json,
        };
        if (mode == LoadMode.Peers)
            command.Add(peers);
        if (mode is LoadMode.Publish or LoadMode.Deliver or LoadMode.Turns)
        {
            command.Add(processes);
            command.Validators.Add(result => CheckProcesses(result, shapes, processes));
        }

        command.Validators.Add(result =>
        {
            if (mode == LoadMode.Peers && (result.GetValue(endPoint) is not null || result.GetValue(sessions) != 0))
                result.AddError("peers starts all servers itself, and each connection has one session.");
            if (mode != LoadMode.Peers && result.GetValue(skipWire) && result.GetValue(skipF))
                result.AddError("With --skip-f and --skip-wire nothing is left.");
            if (result.GetValue(inMemory) && result.GetValue(level) == Durability.Disk)
                result.AddError("A log in memory refuses --level disk.");
            if (result.GetValue(encrypt) && (result.GetValue(inMemory) || result.GetValue(skipWire) || result.GetValue(endPoint) is not null))
                result.AddError("--encrypt is for servers that are started here with a log on a disk.");
            if (result.GetValue(fill) > 0 && (result.GetValue(inMemory) || result.GetValue(skipWire) || result.GetValue(endPoint) is not null))
                result.AddError("--fill is for servers that are started here with a log on a disk.");
            if (mode is LoadMode.Deliver or LoadMode.Turns && result.GetValue(sessions) != 0
                && ShapesOf(result, shapes).Any(shape => result.GetValue(sessions) < shape.Connections))
                result.AddError($"In {mode.ToString().ToLowerInvariant()} no session is shared: there are at least as many as connections.");
        });
        command.SetAction((parsed, cancellation) => Task.FromResult(MeasurementProgram.Run(
            new MeasurementSettings
            {
                Mode = mode,
                Shapes = ParseShapes(parsed.GetValue(shapes)!),
                Level = parsed.GetValue(level),
                PayloadBytes = parsed.GetValue(payload),
                Sessions = parsed.GetValue(sessions),
                Followers = parsed.GetValue(followers),
                Threads = parsed.GetValue(threads),
                Processes = command.Options.Contains(processes) ? parsed.GetValue(processes) : 1,
                Repeats = parsed.GetValue(repeats),
                Window = TimeSpan.FromSeconds(parsed.GetValue(window)),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                SkipF = parsed.GetValue(skipF),
                SkipWire = parsed.GetValue(skipWire),
                EndPoint = parsed.GetValue(endPoint) is { } text ? IPEndPoint.Parse(text) : null,
                ServerProcessId = parsed.GetValue(processId),
                DataPath = parsed.GetValue(data),
                LogLimitBytes = (long)parsed.GetValue(logLimit) << 30,
                FillBytes = parsed.GetValue(fill) * 1_000_000_000L,
                IsInMemory = parsed.GetValue(inMemory),
                Encrypts = parsed.GetValue(encrypt),
                Peers = mode == LoadMode.Peers ? parsed.GetValue(peers)!.Split(',').Distinct().ToArray() : [],
                TouchesMemory = !parsed.GetValue(noTouch),
                ServerSettings = parsed.GetValue(set) ?? [],
                JsonPath = parsed.GetValue(json),
            },
            cancellation)));
        return command;
    }

    /// <summary>How many processes the client is.</summary>
    public static Option<int> Processes() => Number("--processes", "Client processes, each with its share of the connections and its own threads; 1: this one.", 1, 1, 64);

    /// <summary>Refuses more client processes than connections.</summary>
    public static void CheckProcesses(CommandResult result, Option<string> shapes, Option<int> processes)
    {
        if (result.GetValue(processes) > 1 && ShapesOf(result, shapes).Any(shape => shape.Connections < result.GetValue(processes)))
            result.AddError("There are more --processes than connections.");
    }

    /// <summary>Settings of the server that is started.</summary>
    public static Option<string[]> Settings()
    {
        var set = new Option<string[]>("--set")
        {
            Description = "A setting of the server that is started, like Wire:Workers=2; may be repeated.",
            DefaultValueFactory = _ => [],
            HelpName = "key=value",
        };
        set.Validators.Add(result =>
        {
            foreach (var setting in (result.GetValue(set) ?? []).Where(setting => !WireServerProgram.IsSetting(setting)))
                result.AddError($"'{setting}' is not a setting; one is written like Wire:Workers=2.");
        });
        return set;
    }

    /// <summary>Where the raw results go.</summary>
    public static Option<string?> Json()
    {
        var json = new Option<string?>("--json") { Description = "Write all results to this file.", HelpName = "file" };
        // Before anything is measured, which may take hours.
        json.Validators.Add(result =>
        {
            var path = result.GetValue(json);
            if (Directory.Exists(path))
                result.AddError($"--json names the file for the results; {path} is a folder.");
            else if (!string.IsNullOrEmpty(path) && Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
                result.AddError($"The folder of --json {path} is not there; make it first.");
        });
        return json;
    }

    /// <summary>The shapes to be measured.</summary>
    public static Option<string> Shapes(string defaultShapes)
    {
        var shapes = new Option<string>("--shapes")
        {
            Description = "Connections x unanswered publishes on each, several with commas.",
            DefaultValueFactory = _ => defaultShapes,
            HelpName = "CxD,...",
        };
        shapes.Validators.Add(result =>
        {
            try
            {
                ParseShapes(result.GetValue(shapes)!);
            }
            catch (FormatException e)
            {
                result.AddError(e.Message);
            }
        });
        return shapes;
    }

    // None where they are no shapes, which the option says itself.
    private static Shape[] ShapesOf(CommandResult result, Option<string> shapes)
    {
        try
        {
            return ParseShapes(result.GetValue(shapes) ?? (string)shapes.GetDefaultValue()!);
        }
        catch (FormatException)
        {
            return [];
        }
    }

    /// <summary>Reads <c>256x64,64x256</c>.</summary>
    public static Shape[] ParseShapes(string text) => [.. text.Split(',').Select(Shape.Parse)];

    /// <summary>A number within its range.</summary>
    public static Option<int> Number(string name, string description, int defaultValue, int min, int max)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            DefaultValueFactory = _ => defaultValue,
            HelpName = "n",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValue(option) is var value && (value < min || value > max))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is from {min} to {max}, not {value}."));
        });
        return option;
    }

    /// <summary>A time in seconds.</summary>
    public static Option<double> Seconds(string name, string description, double defaultValue)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            DefaultValueFactory = _ => defaultValue,
            HelpName = "s",
        };
        option.Validators.Add(result =>
        {
            if (result.GetValue(option) is not (>= 0.01 and <= 3600) and var value)
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is from 0.01 to 3600 seconds, not {value}."));
        });
        return option;
    }
}
