using System.Net;
using System.Net.Sockets;

namespace Wire.Load.Peers;

/// <summary>A blocking connection to a peer, for questions outside of windows.</summary>
internal sealed class PeerControl : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(60);

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly IPEndPoint _endPoint;
    private byte[] _received = new byte[4096];
    private int _count;

    /// <summary>Connects.</summary>
    /// <exception cref="LoadFailureException">Nobody listens there.</exception>
    public PeerControl(IPEndPoint endPoint)
    {
        _endPoint = endPoint;
        _socket.ReceiveTimeout = (int)AnswerTime.TotalMilliseconds;
        try
        {
            _socket.Connect(endPoint);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw Failed(e);
        }
    }

    /// <summary>Takes a reply from the start of what came, and moves the position behind it; false where its end has not come.</summary>
    public delegate bool Reader<T>(ReadOnlySpan<byte> input, ref int position, out T reply);

    /// <summary>Sends bytes.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[_socket.Send(bytes)..];
        }
        catch (SocketException e)
        {
            throw Failed(e);
        }
    }

    /// <summary>Waits for the next reply.</summary>
    public T Read<T>(Reader<T> tryRead)
    {
        while (true)
        {
            var position = 0;
            if (tryRead(_received.AsSpan(0, _count), ref position, out var reply))
            {
                _received.AsSpan(position, _count - position).CopyTo(_received);
                _count -= position;
                return reply;
            }

            if (_count == _received.Length)
                Array.Resize(ref _received, _count * 2);
            _count += Receive();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private int Receive()
    {
        try
        {
            return _socket.Receive(_received.AsSpan(_count)) is > 0 and var received
                ? received
                : throw new SocketException((int)SocketError.ConnectionReset);
        }
        catch (SocketException e)
        {
            throw Failed(e);
        }
    }

    private LoadFailureException Failed(SocketException e) => new($"The server at {_endPoint} could not be asked: {e.Message}", e);
}
