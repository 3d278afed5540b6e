using System.Text;

namespace Wire.Load.Report;

/// <summary>A table of a document.</summary>
internal sealed class MarkdownTable
{
    private readonly int _columns;
    private readonly StringBuilder _text = new();

    /// <summary>One without rows.</summary>
    public MarkdownTable(params IReadOnlyList<string> columns)
    {
        _columns = columns.Count;
        Add(columns);
        Add([.. columns.Select(_ => "---")]);
    }

    /// <summary>Adds a row.</summary>
    public MarkdownTable Add(params IReadOnlyList<string> cells)
    {
        if (cells.Count != _columns)
            throw new ArgumentException($"{cells.Count} cells in a table of {_columns} columns", nameof(cells));
        _text.Append('|');
        foreach (var cell in cells)
            _text.Append(cell.Length == 0 ? " |" : $" {cell} |");
        _text.Append('\n');
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
