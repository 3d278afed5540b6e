namespace Wire.EndToEnd.Load;

/// <summary>A host answered a client under load as the protocol does not allow.</summary>
public sealed class LoadException(string message) : Exception(message);
