using Wire.Protocol;

namespace Wire.Cli.Load;

/// <summary>What a load is made of.</summary>
internal sealed record LoadOptions(
    ServerAddress Server, int Connections, int Depth, int PayloadBytes, Durability Durability, TimeSpan WarmUp, TimeSpan Duration);
