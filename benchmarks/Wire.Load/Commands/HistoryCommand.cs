using System.CommandLine;
using Wire.Load.History;
using Wire.Load.Servers;

namespace Wire.Load.Commands;

/// <summary><c>history</c>: pages of stored sessions.</summary>
internal static class HistoryCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var defaults = new HistorySettings();
        var sessions = LoadCommand.Number("--sessions", "Sessions that are stored.", defaults.Sessions, 1, 10_000_000);
        var messages = LoadCommand.Number("--messages", "Messages of each, at least.", defaults.Messages, 1, 100_000);
        var payload = LoadCommand.Number("--payload", "Payload of a message in bytes.", defaults.PayloadBytes, 0, 1_000_000);
        var connections = LoadCommand.Number("--connections", "Connections that ask.", defaults.Connections, 1, 4_000);
        var inHand = LoadCommand.Number("--in-hand", "Fetches that each has in hand.", defaults.InHand, 1, 4);
        var limit = LoadCommand.Number("--limit", "Messages that a Fetch asks for.", defaults.Limit, 1, 1_000);
        var repeats = LoadCommand.Number("--repeats", "Windows.", defaults.Repeats, 1, 1_000);
        var window = LoadCommand.Seconds("--window", "Length of a window in seconds.", defaults.Window.TotalSeconds);
        var warmUp = LoadCommand.Seconds("--warm-up", "How long the load runs before each window, in seconds.", defaults.WarmUp.TotalSeconds);
        var cold = new Option<bool>("--cold") { Description = "Measure from the disk, too: the server is stopped and the caches dropped before each window." };
        var large = LoadCommand.Number("--large", "Messages of one large session that is measured, too, beside one of a tenth.", 0, 0, 100_000_000);
        var data = new Option<string?>("--data")
        {
            Description = "The folder for the data; default: one in the current folder. One that exists is measured as it is, and must have been made with the same --sessions, --messages and --large.",
            HelpName = "folder",
        };
        var keep = new Option<bool>("--keep") { Description = "Leave a folder that was made, to be measured again." };
        var set = LoadCommand.Settings();
        var json = LoadCommand.Json();
        var command = new Command("history", "Measures Fetches of the newest messages of sessions, a second.")
        {
            sessions, messages, payload, connections, inHand, limit, repeats, window, warmUp, cold, large, data, keep, set, json,
        };
        command.SetAction((parsed, cancellation) => HistoryProgram.RunAsync(
            new HistorySettings
            {
                Sessions = parsed.GetValue(sessions),
                Messages = parsed.GetValue(messages),
                PayloadBytes = parsed.GetValue(payload),
                Connections = parsed.GetValue(connections),
                InHand = parsed.GetValue(inHand),
                Limit = parsed.GetValue(limit),
                Repeats = parsed.GetValue(repeats),
                Window = TimeSpan.FromSeconds(parsed.GetValue(window)),
                WarmUp = TimeSpan.FromSeconds(parsed.GetValue(warmUp)),
                IsCold = parsed.GetValue(cold),
                Large = parsed.GetValue(large),
                DataPath = Path.GetFullPath(parsed.GetValue(data) ?? $"wire-history-{Environment.ProcessId}"),
                Keeps = parsed.GetValue(keep),
                ServerSettings = parsed.GetValue(set) ?? [],
                JsonPath = parsed.GetValue(json),
            },
            Console.Out,
            cancellation));
        return command;
    }
}
