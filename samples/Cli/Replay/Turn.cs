namespace Wire.Cli.Replay;

/// <summary>What one of the two says.</summary>
internal sealed record Turn(Speaker Speaker, string Text, ReadOnlyMemory<byte> Utf8);
