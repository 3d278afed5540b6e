using System.CommandLine;
using Wire.Protocol;

namespace Wire.Cli;

/// <summary>The level of acknowledgement on the command line.</summary>
internal static class Levels
{
    public static Option<Durability> Create() => new("--durability")
    {
        Description = "When a publish is answered: Disk (on stable storage), Memory, or Default (as the server is set)",
        DefaultValueFactory = _ => Durability.Default,
    };
}
