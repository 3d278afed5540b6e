namespace Wire.Conformance.Runner;

/// <summary>A host did not behave as a transcript says. The message names the step and shows the frames so far.</summary>
public sealed class TranscriptFailedException(string message) : Exception(message);
