using Wire.Client;

namespace Wire.Cli.Sessions;

/// <summary>
/// Replies in the making, as lines: on a terminal one that grows in its place, elsewhere one for each piece.
/// </summary>
internal sealed class ReplyLine(TextWriter output, bool isTerminal, int width)
{
    private const string ToLineStart = "\r", ClearRest = "\u001b[K";

    private readonly Dictionary<ulong, string> _shown = [];
    private bool _isOpen;

    public void Show(ReplyUpdate update)
    {
        var text = update.ApplyTo(_shown.GetValueOrDefault(update.InReplyTo));
        if (update.IsDone)
            _shown.Remove(update.InReplyTo);
        else
            _shown[update.InReplyTo] = text;

        var head = $"{"…",6}  to {update.InReplyTo}: ";
        if (!isTerminal)
        {
            output.WriteLine(head + MessageLine.Plain(update.Text));
            return;
        }
        // The newest words are what is waited for.
        var room = Math.Max(10, width - head.Length - 1);
        var line = MessageLine.Plain(text);
        output.Write(ToLineStart + head + (line.Length > room ? line[^room..] : line) + ClearRest);
        output.Flush();
        _isOpen = true;
    }

    /// <summary>To be called before anything else is written: the line is given up, since the message has it all.</summary>
    public void Clear()
    {
        if (_isOpen)
            output.Write(ToLineStart + ClearRest);
        _isOpen = false;
    }
}
