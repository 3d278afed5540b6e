using System.Text;
using Wire.Conformance.Peers;
using Wire.Protocol;

namespace Wire.Conformance.Judging;

/// <summary>What went over all connections of one dialogue, in the order seen; keeps the newest lines. Thread-safe.</summary>
internal sealed class Trace
{
    private const int MaxLines = 400;
    private const int MaxAlike = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<Line> _lines = new();
    private long _dropped;

    internal void Sent(string connection, Frame frame) => Add($"{connection} → {frame.BodyCase}", $"{connection} → {FrameText.Line(frame)}");

    internal void Sent(string connection, ReadOnlySpan<byte> bytes) => Add(null, $"{connection} → {FrameText.Line(bytes)}");

    internal void Received(string connection, Frame frame) => Add($"{connection} ← {frame.BodyCase}", $"{connection} ← {FrameText.Line(frame)}");

    internal void Ended(string connection, PeerEnd end) => Add(null, $"{connection} ← end of stream: {end}");

    internal void Note(string text) => Add(null, $"-- {text}");

    public override string ToString()
    {
        lock (_gate)
        {
            var text = new StringBuilder();
            if (_dropped > 0)
            {
                text.AppendLine($"  … {_dropped} older lines …");
            }

            foreach (var line in _lines)
            {
                if (line.Skipped > 0)
                {
                    text.AppendLine($"  … {line.Skipped} more of the kind …");
                }

                text.Append("  ").AppendLine(line.Text);
            }

            return text.ToString();
        }
    }

    // Of a long row of frames of one kind the first few and the newest are shown.
    private void Add(string? kind, string text)
    {
        lock (_gate)
        {
            var newest = _lines.Last?.Value;
            if (kind is not null && newest is not null && newest.Kind == kind && newest.Alike > MaxAlike)
            {
                _lines.RemoveLast();
                _lines.AddLast(newest with { Text = text, Alike = newest.Alike + 1, Skipped = newest.Alike - MaxAlike });
                return;
            }

            if (_lines.Count == MaxLines)
            {
                _lines.RemoveFirst();
                _dropped++;
            }

            _lines.AddLast(new Line(kind, text, kind is not null && newest?.Kind == kind ? newest.Alike + 1 : 1, 0));
        }
    }

    private sealed record Line(string? Kind, string Text, int Alike, int Skipped);
}
