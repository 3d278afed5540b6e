namespace Wire.Log;

/// <summary>Stored data cannot be opened or the log's folder cannot be used. The message names the file, the offset where there is one, and what to do.</summary>
public sealed class LogException : Exception
{
    /// <summary>An error with its explanation.</summary>
    public LogException(string message) : base(message) { }

    /// <summary>An error with its explanation and cause.</summary>
    public LogException(string message, Exception innerException) : base(message, innerException) { }
}
