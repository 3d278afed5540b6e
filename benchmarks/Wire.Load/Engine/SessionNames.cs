using System.Collections;
using System.Globalization;
using System.Text;

namespace Wire.Load.Engine;

/// <summary>The ids of the sessions of one publisher: a prefix, and a number that has so many digits in each.</summary>
/// <remarks>Nothing is kept of a session, because there may be millions: ids are written where they are needed, and read back.</remarks>
internal sealed class SessionNames : IReadOnlyList<string>
{
    private readonly string _prefix;
    private readonly byte[] _prefixBytes;
    private readonly string _format;
    private readonly int _first;
    private readonly int _step;

    /// <summary>Names sessions.</summary>
    /// <param name="prefix">What every id begins with.</param>
    /// <param name="digits">How many digits follow, 1 to 8.</param>
    /// <param name="first">The number of the publisher's first session.</param>
    /// <param name="step">From each of its sessions to the next; those between belong to others.</param>
    /// <param name="count">How many it has, at least 1.</param>
    public SessionNames(string prefix, int digits, int first, int step, int count)
    {
        _prefix = prefix;
        _prefixBytes = Encoding.UTF8.GetBytes(prefix);
        _format = $"D{digits}";
        _first = first;
        _step = step;
        Digits = digits;
        Count = count;
        if (this[count - 1].Length != prefix.Length + digits)
            throw new ArgumentException("The session ids must have one length.", nameof(digits));
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <summary>How many digits the number of each has, at the end of its id.</summary>
    public int Digits { get; }

    /// <summary>The id of the session at a place among the publisher's.</summary>
    public string this[int place] => _prefix + NumberAt(place).ToString(_format, CultureInfo.InvariantCulture);

    /// <summary>Writes the number of a session, which is all in which its id differs from the others.</summary>
    /// <param name="to">The last <see cref="Digits"/> bytes of the id.</param>
    /// <param name="place">Which session.</param>
    public void WriteNumber(Span<byte> to, int place) => NumberAt(place).TryFormat(to, out _, _format, CultureInfo.InvariantCulture);

    /// <summary>The place of the session that an id names; -1 where it is none of the publisher's.</summary>
    public int Find(ReadOnlySpan<byte> id)
    {
        if (id.Length != _prefixBytes.Length + Digits || !id.StartsWith(_prefixBytes))
            return -1;
        if (!int.TryParse(id[_prefixBytes.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return -1;
        if (Count == 1)
            return number == _first ? 0 : -1;
        var (place, rest) = Math.DivRem(number - _first, _step);
        return rest == 0 && (uint)place < (uint)Count ? place : -1;
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => Enumerable.Range(0, Count).Select(place => this[place]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int NumberAt(int place) => _first + (place * _step);
}
