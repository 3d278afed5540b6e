using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Host.Tests.Hosting;

/// <summary>A client on a real socket, with a deadline on everything.</summary>
internal sealed class TestClient : IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private NetworkStream _stream = null!;

    public static async Task<TestClient> ConnectAsync(IPEndPoint endPoint)
    {
        var client = new TestClient();
        await client._socket.ConnectAsync(endPoint);
        client._stream = new NetworkStream(client._socket) { ReadTimeout = (int)Deadline.TotalMilliseconds };
        return client;
    }

    public static Frame Hello(string clientId = "visitor-1") => new() { Hello = new Hello { Version = 1, ClientId = clientId } };

    public static Frame Publish(string session, ulong publishId, Durability durability = Durability.Default)
        => new() { Publish = new Publish { SessionId = session, PublishId = publishId, Durability = durability, Payload = ByteString.CopyFromUtf8("你好") } };

    public void Send(params Frame[] frames)
    {
        var bytes = new MemoryStream();
        foreach (var frame in frames)
            frame.WriteDelimitedTo(bytes);
        _stream.Write(bytes.ToArray());
    }

    /// <summary>The next frame, or null at the end of the stream.</summary>
    public Frame? Read()
    {
        var first = _stream.ReadByte();
        if (first < 0)
            return null;
        var length = 0;
        for (var shift = 0; ; shift += 7, first = _stream.ReadByte())
        {
            length |= (first & 0x7F) << shift;
            if (first < 0x80)
                break;
        }
        var body = new byte[length];
        _stream.ReadExactly(body);
        return Frame.Parser.ParseFrom(body);
    }

    public Frame Expect(Frame.BodyOneofCase body)
    {
        var frame = Read();
        Assert.That(frame?.BodyCase, Is.EqualTo(body), frame?.ToString());
        return frame!;
    }

    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
