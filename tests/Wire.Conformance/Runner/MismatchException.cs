namespace Wire.Conformance.Runner;

/// <summary>A step found something else than it asks for; the runner adds where.</summary>
internal sealed class MismatchException(string message) : Exception(message);
