using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// The file of <see cref="WireClientOptions.Queue"/> does not take this publish, or cannot be opened: it is full
/// (<see cref="IsFull"/>), in use by another client, damaged, of another client_id, or the disk fails. The publish was not sent.
/// </summary>
public sealed class WireQueueException : WireException
{
    internal WireQueueException(string path, string message, bool isFull = false, Exception? inner = null)
        : base(ErrorCode.Unspecified, $"{path}: {message}", inner)
    {
        Path = path;
        IsFull = isFull;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>As much is unanswered as the queue may hold: it takes more when answers have come.</summary>
    public bool IsFull { get; }
}
