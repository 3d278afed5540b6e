namespace Wire.Client;

/// <summary>How a <see cref="WirePublisher"/> publishes. Read once, when it is opened.</summary>
public sealed class WirePublisherOptions
{
    /// <summary>
    /// The most publishes of it that are unanswered, sent or not; for one more <see cref="WirePublisher.PublishAsync"/> waits.
    /// 1 to 1,000,000. Default: 1,024, which fills the wire at any latency that a Wire server has on a local network.
    /// </summary>
    public int MaxUnanswered { get; set; } = 1024;

    /// <summary>
    /// The most bytes of frames that are unanswered, each about its payload and 32 bytes; where nothing is, one of any size is
    /// taken. 1 to 1,073,741,824. Default: 1 MiB.
    /// </summary>
    public int MaxUnansweredBytes { get; set; } = 1 << 20;

    /// <summary>What is said with a publish that brings no options of its own. Default: null, the defaults.</summary>
    public PublishOptions? PublishOptions { get; set; }

    /// <summary>
    /// Is told each answer, in order, one at a time: a range of stored publishes, or one refusal. It runs on the loop that reads
    /// the connection, which stands still for so long: it counts, notes, or hands on, and never waits. What it throws comes out
    /// of the next <see cref="WirePublisher.FlushAsync"/>. Default: null, nobody; refusals still come out of
    /// <see cref="WirePublisher.FlushAsync"/>.
    /// </summary>
    public Action<PublishAnswer>? OnAnswer { get; set; }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxUnanswered, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxUnanswered, 1_000_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxUnansweredBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxUnansweredBytes, 1 << 30);
    }
}
