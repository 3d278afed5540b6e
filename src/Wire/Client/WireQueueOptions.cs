using Wire.Protocol;

namespace Wire.Client;

/// <summary>
/// A file in which a <see cref="WireClient"/> keeps every publish from the call to its answer, so that the next process with the
/// same <see cref="WireClientOptions.ClientId"/> sends again what this one could not: with the same ids, so each is stored once.
/// </summary>
public sealed class WireQueueOptions
{
    /// <summary>The file; made where it is missing, its folder must be there. Of one client_id, and of one client at a time. Required.</summary>
    public string Path { get; set; } = "";

    /// <summary>
    /// The most publishes in it that are unanswered; one more fails with <see cref="WireQueueException"/>. 1 to 10,000,000.
    /// Default: 100,000.
    /// </summary>
    public int MaxMessages { get; set; } = 100_000;

    /// <summary>
    /// The most bytes of publishes in it that are unanswered; one more fails with <see cref="WireQueueException"/>. Above zero.
    /// Default: 64 MiB. The file itself is at most four times that and 16 MiB.
    /// </summary>
    public long MaxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>
    /// Each publish is on stable storage before its call goes on: it outlives a power cut, at the price of a sync for each.
    /// Default: false, it is handed to the system, and outlives the end of the process, however sudden.
    /// </summary>
    public bool SyncEachPublish { get; set; }

    /// <summary>
    /// Is told the session and the answer of what an earlier process had published, in order for each session. As
    /// <see cref="WirePublisherOptions.OnAnswer"/> it runs on the loop that reads the connection. Default: null, nobody; a
    /// refusal is logged in any case.
    /// </summary>
    public Action<string, PublishAnswer>? OnRecoveredAnswer { get; set; }

    internal WireQueueOptions Copy() => (WireQueueOptions)MemberwiseClone();
}
