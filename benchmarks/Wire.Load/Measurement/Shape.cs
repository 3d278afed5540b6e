using System.Globalization;

namespace Wire.Load.Measurement;

/// <summary>CxD: C connections, each with D publishes unanswered.</summary>
internal readonly record struct Shape(int Connections, int Depth)
{
    /// <summary>The most of either: beyond, a connection's frames do not fit in memory in a sensible way.</summary>
    public const int Max = 1_000_000;

    /// <summary>Reads <c>256x64</c>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static Shape Parse(string text)
    {
        var parts = text.Split('x');
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var connections)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var depth)
            && connections is >= 1 and <= Max
            && depth is >= 1 and <= Max)
        {
            return new Shape(connections, depth);
        }

        throw new FormatException($"'{text}' is not a shape; one is written as connections x depth, like 256x64.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Connections}x{Depth}");
}
