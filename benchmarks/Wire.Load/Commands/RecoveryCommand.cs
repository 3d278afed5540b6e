using System.CommandLine;
using System.Globalization;
using Wire.Load.Recovery;

namespace Wire.Load.Commands;

/// <summary><c>recovery</c>: how long a start takes as the log grows.</summary>
internal static class RecoveryCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new RecoverySettings();
        var sizes = new Option<string>("--sizes")
        {
            Description = "Sizes of the log in GB at which starts are measured, rising.",
            DefaultValueFactory = _ => "1,2,5",
            HelpName = "list",
        };
        sizes.Validators.Add(result =>
        {
            if (Parse(result.GetValue(sizes)) is null)
                result.AddError("--sizes must be numbers above 0, rising, with commas between them, like 1,2,5.");
        });
        var sessions = LoadCommand.Number("--sessions", "New sessions that each step of the growth publishes to.", defaults.Sessions, 64, 100_000_000);
        var payload = LoadCommand.Number("--payload", "Payload of a message in bytes.", defaults.PayloadBytes, 0, 1_000_000);
        var repeats = LoadCommand.Number("--repeats", "Starts of each kind.", defaults.Repeats, 1, 1_000);
        var returning = LoadCommand.Number("--returning", "Sessions that come back at the end; 0: none.", defaults.Returning, 0, 100_000_000);
        var cold = new Option<bool>("--cold") { Description = "Drop the caches before each start." };
        var without = new Option<bool>("--without-snapshot") { Description = "Measure starts that read the whole log, too." };
        var data = new Option<string?>("--data") { Description = "The folder for the data, which must not exist; default: one in the current folder.", HelpName = "folder" };
        var set = LoadCommand.Settings();
        var json = LoadCommand.Json();
        var command = new Command("recovery", "Measures how long a server takes to start over a log that grows.")
        {
            sizes, sessions, payload, repeats, returning, cold, without, data, set, json,
        };
        command.SetAction((parsed, cancellation) => RecoveryProgram.RunAsync(
            new RecoverySettings
            {
                Sizes = Parse(parsed.GetValue(sizes))!,
                Sessions = parsed.GetValue(sessions),
                PayloadBytes = parsed.GetValue(payload),
                Repeats = parsed.GetValue(repeats),
                Returning = parsed.GetValue(returning),
                IsCold = parsed.GetValue(cold),
                WithoutSnapshot = parsed.GetValue(without),
                DataPath = Path.GetFullPath(parsed.GetValue(data) ?? $"wire-recovery-{Environment.ProcessId}"),
                ServerSettings = parsed.GetValue(set) ?? [],
                JsonPath = parsed.GetValue(json),
            },
            Console.Out,
            cancellation));
        return command;
    }

    private static double[]? Parse(string? list)
    {
        var values = new List<double>();
        foreach (var part in (list ?? "").Split(','))
        {
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value <= values.LastOrDefault())
                return null;
            values.Add(value);
        }
        return [.. values];
    }
}
