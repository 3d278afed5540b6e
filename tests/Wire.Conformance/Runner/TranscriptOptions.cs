namespace Wire.Conformance.Runner;

/// <summary>How a transcript is run.</summary>
public sealed class TranscriptOptions
{
    /// <summary>How long an expected frame, a close or a write may take. Default 30 s; nothing is judged by time otherwise.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);
}
