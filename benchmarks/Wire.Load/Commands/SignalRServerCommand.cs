using System.CommandLine;
using System.Net;
using Wire.Load.Peers.SignalR;

namespace Wire.Load.Commands;

/// <summary><c>server-signalr</c>: a SignalR hub in a process of its own.</summary>
internal static class SignalRServerCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Where it listens on 127.0.0.1; 0 chooses one.", HelpName = "port" };
        var attached = new Option<bool>("--attached") { Description = "Stop at the end of the standard input." };
        var command = new Command("server-signalr", "Runs a SignalR hub; says 'ready PORT' and answers 'stats'.")
        {
            port, attached,
        };
        command.SetAction((parsed, cancellation) => SignalRServer.RunAsync(
            new IPEndPoint(IPAddress.Loopback, parsed.GetValue(port)), parsed.GetValue(attached), cancellation));
        return command;
    }
}
