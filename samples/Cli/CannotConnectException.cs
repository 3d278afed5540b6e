namespace Wire.Cli;

/// <summary>The server is not there, or refuses this client; the message says which.</summary>
internal sealed class CannotConnectException(string message) : Exception(message);
