namespace Wire.Client;

/// <summary>Whether, and how, a connection closes its sending side.</summary>
internal enum CloseMode
{
    None,

    /// <summary>When all that is under way has been written: the client leaves.</summary>
    WhenWritten,

    /// <summary>At once: the server leaves, and what it has not read it would not answer.</summary>
    Now,
}
