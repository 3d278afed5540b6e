using System.CommandLine;
using System.Security.Cryptography;

namespace Wire.Cli.Sessions;

/// <summary>What the commands about one session share.</summary>
internal static class SessionCommand
{
    public static Argument<string> Session() => new("SESSION") { Description = "The session's id" };

    public static Option<bool> Json() => new("--json") { Description = "Each as a JSON object on a line of its own" };

    public static Option<string> ClientId() => new("--client-id")
    {
        Description = "The producer's name; one of its own for each run by default",
        DefaultValueFactory = _ => $"cli-{RandomNumberGenerator.GetHexString(8, lowercase: true)}",
    };
}
