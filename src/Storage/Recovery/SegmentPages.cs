using Wire.Storage.Files;
using Wire.Storage.Segments;

namespace Wire.Storage.Recovery;

/// <summary>
/// The pages of a file for whoever reads them in order. What was never written is not touched through the map: on a full tmpfs
/// that would end the process, and elsewhere it would fill memory with zeros. A page that is written in part is copied, and
/// every page is where files are not mapped.
/// <para>Not thread-safe. Holds a reference to the file.</para>
/// </summary>
internal sealed class SegmentPages : IDisposable
{
    readonly SegmentFile _segment;
    readonly IFileMap? _map;
    readonly IDataFile? _unmapped;
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
        try
        {
            _unmapped = _map is null ? segment.OpenForReading() : null;
        }
        catch
        {
            segment.Unpin();
            throw;
        }
        _segment = segment;
        _pageBytes = pageBytes;
        _limit = segment.OffsetOf(limit);
    }

    IDataFile File => _unmapped ?? _segment.File;

    /// <summary>The first address from here on in a page of which anything was written; the file's limit where there is none.</summary>
    public long NextWritten(long address)
    {
        var data = _segment.StartAddress + File.NextData(_segment.OffsetOf(address)) - SegmentHeader.Size;
        return Math.Max(address, Math.Min(data, _segment.Limit) & -(long)_pageBytes);
    }

    /// <summary>A whole page, by the address that it begins with. Valid until the next is asked for.</summary>
    public ReadOnlySpan<byte> Page(long address)
    {
        var offset = _segment.OffsetOf(address);
        if (!File.KnowsHoles)
            return _map is null ? Copy(offset) : _map.Bytes(offset, _pageBytes);
        if (offset < _dataFrom || offset + _pageBytes > _dataEnd)
        {
            _dataFrom = File.NextData(offset);
            _dataEnd = Math.Min(File.EndOfData(_dataFrom), _limit);
            if (_dataEnd > _dataFrom)
                _map?.Prefetch(_dataFrom, _dataEnd - _dataFrom);
        }
        if (_map is not null && offset >= _dataFrom && offset + _pageBytes <= _dataEnd)
            return _map.Bytes(offset, _pageBytes);
        if (_dataFrom < offset + _pageBytes)
            return Copy(offset);

        _copy ??= new byte[_pageBytes];
        _copy.AsSpan().Clear();
        return _copy;
    }

    public void Dispose()
    {
        _unmapped?.Dispose();
        _segment.Unpin();
    }

    ReadOnlySpan<byte> Copy(long offset)
    {
        _copy ??= new byte[_pageBytes];
        File.ReadZeroFilled(_copy, offset);
        return _copy;
    }
}
