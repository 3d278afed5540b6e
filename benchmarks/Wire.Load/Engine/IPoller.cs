using System.Net.Sockets;

namespace Wire.Load.Engine;

/// <summary>Says which of many connected sockets can be read or written, for one thread.</summary>
internal interface IPoller : IDisposable
{
    /// <summary>Watches a socket for bytes to read.</summary>
    /// <param name="index">What <see cref="Wait"/> calls it: 0, 1, 2, …</param>
    /// <param name="socket">A connected socket; the caller goes on owning it.</param>
    void Add(int index, Socket socket);

    /// <summary>No longer watches a socket, before it is closed.</summary>
    void Remove(int index);

    /// <summary>Watches, or no longer watches, a socket for room to write, too.</summary>
    void WatchWrites(int index, bool watch);

    /// <summary>Waits until a socket is ready.</summary>
    /// <param name="ready">Is filled from the start.</param>
    /// <param name="timeout">How long at most; where the system cannot wait for so short a time, less.</param>
    /// <returns>How many were filled in; 0 after the timeout.</returns>
    int Wait(Span<ReadySocket> ready, TimeSpan timeout);

    /// <summary>Reads what is there.</summary>
    /// <returns>The number of bytes; 0 at the end of the stream; -1 where nothing is there.</returns>
    /// <exception cref="SocketException">The connection failed.</exception>
    int Receive(int index, Span<byte> buffer);

    /// <summary>Writes what fits.</summary>
    /// <returns>The number of bytes taken, 0 where there is no room.</returns>
    /// <exception cref="SocketException">The connection failed.</exception>
    int Send(int index, ReadOnlySpan<byte> bytes);
}
