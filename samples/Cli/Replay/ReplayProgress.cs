using System.Collections.Concurrent;
using Wire.Cli.Measurement;

namespace Wire.Cli.Replay;

/// <summary>How far a replay is. Written by all who take part, read by the display. Thread-safe.</summary>
internal sealed class ReplayProgress(int dialogues, int messages)
{
    private readonly ConcurrentQueue<string> _faults = new();
    private long _lastStep;
    private int _spoken;
    private int _checked;
    private int _checkedDialogues;
    private int _repeated;

    public int Dialogues => dialogues;

    public int Messages => messages;

    /// <summary>Messages that the other side has seen.</summary>
    public int Spoken => Volatile.Read(ref _spoken);

    /// <summary>Messages read back.</summary>
    public int Checked => Volatile.Read(ref _checked);

    public int CheckedDialogues => Volatile.Read(ref _checkedDialogues);

    /// <summary>Answers that said: stored before.</summary>
    public int Repeated => Volatile.Read(ref _repeated);

    public LatencyHistogram Answered { get; } = new();

    public LatencyHistogram Seen { get; } = new();

    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Grows with everything that happens.</summary>
    public long Steps => Volatile.Read(ref _lastStep);

    public void MessageAnswered(TimeSpan after, bool isRepetition)
    {
        Answered.Add(after);
        if (isRepetition)
            Interlocked.Increment(ref _repeated);
        Interlocked.Increment(ref _lastStep);
    }

    public void MessageSeen(TimeSpan after)
    {
        Seen.Add(after);
        Interlocked.Increment(ref _spoken);
        Interlocked.Increment(ref _lastStep);
    }

    public void DialogueChecked(int count)
    {
        Interlocked.Add(ref _checked, count);
        Interlocked.Increment(ref _checkedDialogues);
        Interlocked.Increment(ref _lastStep);
    }

    public void Fault(string fault) => _faults.Enqueue(fault);
}
