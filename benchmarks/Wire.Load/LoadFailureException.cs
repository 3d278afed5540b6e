namespace Wire.Load;

/// <summary>The run cannot go on, or what was measured does not count: a refusal, a wrong answer, a lost connection.</summary>
/// <remarks>Its message is all that the user sees, so it says what happened and where.</remarks>
internal sealed class LoadFailureException : Exception
{
    /// <summary>A failure with a message for the user.</summary>
    public LoadFailureException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with a message for the user and its cause.</summary>
    public LoadFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
