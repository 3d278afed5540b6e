using System.CommandLine;
using System.Globalization;
using Wire.Load.Connect;

namespace Wire.Load.Commands;

/// <summary><c>connect</c>: connections a second, and what an idle one takes of memory.</summary>
internal static class ConnectCommand
{
    private const int MostConnections = 1_000_000;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new ConnectSettings();
        var connections = new Option<string>("--connections")
        {
            Description = "How many are opened and then idle, several numbers with commas.",
            DefaultValueFactory = _ => string.Join(',', defaults.Connections),
            HelpName = "n,...",
        };
        connections.Validators.Add(result =>
        {
            if (Parse(result.GetValue(connections)) is null)
                result.AddError($"'{result.GetValue(connections)}' are not numbers of connections; they are from 1 to {MostConnections}, like 1000,10000.");
        });
        var threads = LoadCommand.Number("--threads", "Client threads; they share the cores with the server.", defaults.Threads, 1, 64);
        var processes = LoadCommand.Processes();
        var repeats = LoadCommand.Number("--repeats", "Windows for each server and number, each on a new server.", defaults.Repeats, 1, 1_000);
        var skipF = new Option<bool>("--skip-f") { Description = "Leave F out; there are no ratios then." };
        var data = new Option<string?>("--data") { Description = "Where the server's log goes, in a folder of its own that is removed in the end; default: the current folder.", HelpName = "folder" };
        var set = LoadCommand.Settings();
        var json = LoadCommand.Json();
        var command = new Command("connect", "Measures connections accepted a second, with their handshake, and the server's memory for each that is idle.")
        {
            connections, threads, processes, repeats, skipF, data, set, json,
        };
        command.Validators.Add(result =>
        {
            if (Parse(result.GetValue(connections))?.Min() < result.GetValue(processes))
                result.AddError("There are more --processes than connections.");
        });
        command.SetAction((parsed, cancellation) => Task.FromResult(ConnectProgram.Run(
            new ConnectSettings
            {
                Connections = Parse(parsed.GetValue(connections))!,
                Threads = parsed.GetValue(threads),
                Processes = parsed.GetValue(processes),
                Repeats = parsed.GetValue(repeats),
                SkipF = parsed.GetValue(skipF),
                DataPath = parsed.GetValue(data) ?? defaults.DataPath,
                ServerSettings = parsed.GetValue(set) ?? [],
                JsonPath = parsed.GetValue(json),
            },
            Console.Out,
            cancellation)));
        return command;
    }

    private static int[]? Parse(string? list)
    {
        var values = new List<int>();
        foreach (var part in (list ?? "").Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value is < 1 or > MostConnections)
                return null;
            values.Add(value);
        }

        return [.. values];
    }
}
