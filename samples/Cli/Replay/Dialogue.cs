namespace Wire.Cli.Replay;

/// <summary>A conversation of a visitor and an agent.</summary>
internal sealed record Dialogue(string Id, IReadOnlyList<Turn> Turns);
