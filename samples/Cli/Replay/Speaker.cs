namespace Wire.Cli.Replay;

/// <summary>Who speaks.</summary>
internal enum Speaker
{
    Visitor,
    Agent,
}
