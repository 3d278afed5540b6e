namespace Wire.EndToEnd.Hosts;

/// <summary>What a host's process has written, the newest lines of it. Thread-safe.</summary>
internal sealed class HostLog
{
    private const int MaxLines = 5_000;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    internal void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_lines.Count == MaxLines)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return string.Join(Environment.NewLine, _lines);
        }
    }
}
