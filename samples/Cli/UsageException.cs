namespace Wire.Cli;

/// <summary>What the user gave makes no sense, and the message says where.</summary>
internal sealed class UsageException(string message) : Exception(message);
