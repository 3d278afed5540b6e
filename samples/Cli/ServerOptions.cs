using System.CommandLine;

namespace Wire.Cli;

/// <summary>The options of every command: which server, and as whom.</summary>
internal sealed class ServerOptions
{
    private readonly Option<string> _host = new("--host")
    {
        Description = "The server's name or address",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<int> _port = new("--port") { Description = "The server's TCP port", DefaultValueFactory = _ => 7400 };

    private readonly Option<string?> _token = new("--token") { Description = "The token to show, where the server asks for one" };

    private ServerOptions() => _port.InRange(1, ushort.MaxValue);

    public static ServerOptions AddTo(Command command)
    {
        var options = new ServerOptions();
        command.Add(options._host);
        command.Add(options._port);
        command.Add(options._token);
        return options;
    }

    public ServerAddress Of(ParseResult parsed)
        => new(parsed.GetRequiredValue(_host), parsed.GetRequiredValue(_port), parsed.GetValue(_token));
}
