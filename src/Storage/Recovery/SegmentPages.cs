using Wire.Storage.Files;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>
/// The pages of a file for whoever reads them in order. What was never written is not touched through the map: on a full tmpfs
/// that would end the process, and elsewhere it would fill memory with zeros. A page that is written in part is copied.
/// <para>Not thread-safe. Holds a reference to the file.</para>
/// </summary>
internal sealed class SegmentPages : IDisposable
{
    readonly SegmentFile _segment;
    readonly IFileMap _map;
    readonly int _pageBytes;
    readonly long _limit;
    byte[]? _copy;
    long _dataFrom, _dataEnd = -1;

    /// <param name="segment">The file.</param>
    /// <param name="pageBytes">Bytes in a page.</param>
    /// <param name="limit">The address until which pages will be asked for.</param>
    public SegmentPages(SegmentFile segment, int pageBytes, long limit)
    {
        if (!segment.TryPin(out _map))
            throw new ObjectDisposedException(segment.Path);
        _segment = segment;
        _pageBytes = pageBytes;
        _limit = segment.OffsetOf(limit);
    }

    /// <summary>The first address from here on in a page of which anything was written; the file's limit where there is none.</summary>
    public long NextWritten(long address)
    {
        var data = _segment.StartAddress + _segment.File.NextData(_segment.OffsetOf(address)) - SegmentHeader.Size;
        return Math.Max(address, Math.Min(data, _segment.Limit) & -(long)_pageBytes);
    }

    /// <summary>A whole page, by the address that it begins with. Valid until the next is asked for.</summary>
    public ReadOnlySpan<byte> Page(long address)
    {
        var offset = _segment.OffsetOf(address);
        if (!_segment.File.KnowsHoles)
            return _map.Bytes(offset, _pageBytes);
        if (offset < _dataFrom || offset + _pageBytes > _dataEnd)
        {
            _dataFrom = _segment.File.NextData(offset);
            _dataEnd = Math.Min(_segment.File.EndOfData(_dataFrom), _limit);
            if (_dataEnd > _dataFrom)
                _map.Prefetch(_dataFrom, _dataEnd - _dataFrom);
        }
        if (offset >= _dataFrom && offset + _pageBytes <= _dataEnd)
            return _map.Bytes(offset, _pageBytes);

        _copy ??= new byte[_pageBytes];
        if (_dataFrom < offset + _pageBytes)
            _segment.File.ReadZeroFilled(_copy, offset);
        else
            _copy.AsSpan().Clear();
        return _copy;
    }

    public void Dispose() => _segment.Unpin();
}
