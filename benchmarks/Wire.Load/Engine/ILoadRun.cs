using Wire.Load.Measurement;

namespace Wire.Load.Engine;

/// <summary>A plan that is run, in this process or in several: open, start, wait, finish.</summary>
/// <remarks>Each method throws a <see cref="LoadFailureException"/> where a connection, a handshake or an answer went wrong.</remarks>
internal interface ILoadRun : IDisposable
{
    /// <summary>Whether latencies are recorded.</summary>
    bool IsRecording { set; }

    /// <summary>Messages sent; only after <see cref="Finish"/>.</summary>
    long SentCount { get; }

    /// <summary>Connects, and returns when every connection has its Welcome (and Subscribed).</summary>
    void Open();

    /// <summary>Begins to publish.</summary>
    void Start();

    /// <summary>Lets the load go on for a time.</summary>
    void Wait(TimeSpan time, CancellationToken cancellation);

    /// <summary>Reads the counters.</summary>
    LoadCounters Read();

    /// <summary>Stops publishing, waits for all answers, closes, and checks that everything was answered exactly once.</summary>
    /// <returns>The latencies that were recorded.</returns>
    LatencyHistogram Finish();
}
