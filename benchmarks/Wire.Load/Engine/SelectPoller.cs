using System.Net.Sockets;

namespace Wire.Load.Engine;

/// <summary>Readiness by <c>Socket.Select</c>, for systems without epoll.</summary>
/// <remarks>
/// Each wait costs time in proportion to all sockets, not to the ready ones, so the client is dearer here than on Linux
/// and rates are a lower bound. Asynchronous sockets would be faster but answer on pool threads; with this, one thread
/// runs the same code in the same order on every system.
/// </remarks>
internal sealed class SelectPoller : IPoller
{
    private readonly List<Socket> _sockets = [];
    private readonly Dictionary<Socket, int> _indexes = [];
    private readonly HashSet<int> _watchingWrites = [];
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];

    /// <inheritdoc/>
    public void Add(int index, Socket socket)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(index, _sockets.Count);
        socket.Blocking = false;
        _sockets.Add(socket);
        _indexes.Add(socket, index);
    }

    /// <inheritdoc/>
    public void Remove(int index)
    {
        _indexes.Remove(_sockets[index]);
        _watchingWrites.Remove(index);
    }

    /// <inheritdoc/>
    public void WatchWrites(int index, bool watch)
    {
        if (watch)
            _watchingWrites.Add(index);
        else
            _watchingWrites.Remove(index);
    }

    /// <inheritdoc/>
    public int Wait(Span<ReadySocket> ready, TimeSpan timeout)
    {
        _readable.Clear();
        _readable.AddRange(_indexes.Keys);
        _writable.Clear();
        foreach (var index in _watchingWrites)
            _writable.Add(_sockets[index]);
        Socket.Select(_readable, _writable, null, timeout);

        // What does not fit is found again by the next wait.
        var count = 0;
        foreach (var socket in _writable)
        {
            if (count < ready.Length)
                ready[count++] = new ReadySocket(_indexes[socket], Readable: false, Writable: true);
        }

        foreach (var socket in _readable)
        {
            if (count < ready.Length)
                ready[count++] = new ReadySocket(_indexes[socket], Readable: true, Writable: false);
        }

        return count;
    }

    /// <inheritdoc/>
    public int Receive(int index, Span<byte> buffer)
    {
        var received = _sockets[index].Receive(buffer, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => received,
            SocketError.WouldBlock => -1,
            _ => throw new SocketException((int)error),
        };
    }

    /// <inheritdoc/>
    public int Send(int index, ReadOnlySpan<byte> bytes)
    {
        var sent = _sockets[index].Send(bytes, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => sent,
            // Windows takes all or nothing; elsewhere a part may have gone before there was no more room.
            SocketError.WouldBlock => sent,
            _ => throw new SocketException((int)error),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sockets.Clear();
        _indexes.Clear();
    }
}
