namespace Wire.Log;

/// <summary>Reads records by address. For one thread at a time; it may block on I/O, so no worker calls it.</summary>
public interface ILogReader : IDisposable
{
    /// <summary>
    /// Reads the record at <paramref name="address"/>, an address that an append returned or that a record names, of a
    /// record that is on stable storage (see <see cref="IMessageLog.DurableAddress"/>). <paramref name="record"/> is valid
    /// until the next read or until this reader is disposed of.
    /// </summary>
    LogReadStatus Read(long address, out ReadOnlySpan<byte> record);

    /// <summary>
    /// Says that the record at <paramref name="address"/> will probably be read next, so that what it takes to fetch it from
    /// memory goes on beside other work. Never waits, and fails for no address. Default: does nothing.
    /// </summary>
    void Prefetch(long address)
    {
    }

    /// <summary>
    /// Says the same of the records that those at <paramref name="addresses"/>, of different sessions, follow in their sessions, as
    /// far as that can be told without checking these. What is asked for together comes together. What the span holds afterwards
    /// means nothing. Default: does nothing.
    /// </summary>
    void PrefetchPrevious(Span<long> addresses)
    {
    }
}
