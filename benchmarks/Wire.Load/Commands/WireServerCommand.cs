using System.CommandLine;
using Wire.Load.Servers;

namespace Wire.Load.Commands;

/// <summary><c>server-wire</c>: Wire in a process of its own.</summary>
internal static class WireServerCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Where it listens on 127.0.0.1; 0 chooses one.", HelpName = "port" };
        var data = new Option<string>("--data") { Description = "The log's folder.", Required = true, HelpName = "folder" };
        var inMemory = new Option<int>("--in-memory") { Description = "GiB of a log in memory instead.", HelpName = "n" };
        var set = new Option<string[]>("--set")
        {
            Description = "A setting beyond the defaults, like Wire:Workers=2; may be repeated.",
            DefaultValueFactory = _ => [],
            HelpName = "key=value",
        };
        set.Validators.Add(result =>
        {
            foreach (var setting in (result.GetValue(set) ?? []).Where(setting => !WireServerProgram.IsSetting(setting)))
                result.AddError($"'{setting}' is not a setting; one is written like Wire:Workers=2.");
        });
        var attached = new Option<bool>("--attached") { Description = "Stop at the end of the standard input." };
        var command = new Command("server-wire", "Runs Wire as an application hosts it; says 'ready PORT' and answers 'stats'.")
        {
            port, data, inMemory, set, attached,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                return await WireServerProgram.RunAsync(
                    parsed.GetValue(port),
                    parsed.GetRequiredValue(data),
                    (long)parsed.GetValue(inMemory) << 30,
                    parsed.GetValue(set) ?? [],
                    parsed.GetValue(attached),
                    cancellation);
            }
            catch (Exception e) when (e is LoadFailureException or IOException)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }
}
