namespace Wire.Conformance.Runner;

/// <summary>A transcript is not well-formed: the fault is in the data, not in the host.</summary>
public sealed class TranscriptFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public TranscriptFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public TranscriptFormatException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
