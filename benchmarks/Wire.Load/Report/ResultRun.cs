using System.Text.Json;

namespace Wire.Load.Report;

/// <summary>What one command found.</summary>
/// <param name="Command">The command, which makes the same alone with <c>--json</c>.</param>
/// <param name="Report">What it wrote.</param>
internal sealed record ResultRun(string Command, JsonElement Report);
