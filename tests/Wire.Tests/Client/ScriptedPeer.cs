using System.Net.Sockets;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Tests.Client;

/// <summary>One connection of a <see cref="ScriptedServer"/>, written with Google.Protobuf alone.</summary>
internal sealed class ScriptedPeer(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    /// <summary>The bytes themselves, for who reads and writes them without an object a frame.</summary>
    public Stream Stream => _stream;

    /// <summary>The next frame that the client sent.</summary>
    public async Task<Frame> ReadAsync()
        => await TryReadAsync() ?? throw new AssertionException("the client closed where a frame was due");

    /// <summary>The next frame that the client sent, null where it has closed its side.</summary>
    public async Task<Frame?> TryReadAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline.Of);
        var length = 0;
        var one = new byte[1];
        for (var shift = 0; ; shift += 7)
        {
            if (await _stream.ReadAsync(one, deadline.Token) == 0)
                return null;
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80)
                break;
        }
        var body = new byte[length];
        await _stream.ReadExactlyAsync(body, deadline.Token);
        return Frame.Parser.ParseFrom(body);
    }

    /// <summary>The next frame, which has to be a publish.</summary>
    public async Task<Publish> ReadPublishAsync()
    {
        var frame = await ReadAsync();
        return frame.Publish ?? throw new AssertionException($"a {frame.BodyCase} where a Publish was due");
    }

    public async Task<Publish[]> ReadPublishesAsync(int count)
    {
        var publishes = new Publish[count];
        for (var i = 0; i < count; i++)
            publishes[i] = await ReadPublishAsync();
        return publishes;
    }

    public async Task SendAsync(params Frame[] frames)
    {
        using var bytes = new MemoryStream();
        foreach (var frame in frames)
            frame.WriteDelimitedTo(bytes);
        await SendBytesAsync(bytes.ToArray());
    }

    public Task SendBytesAsync(byte[] bytes) => _stream.WriteAsync(bytes).AsTask().WaitAsync(Deadline.Of);

    /// <summary>Closes as a process does that is killed: with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    /// <summary>Closes in good order.</summary>
    public void Dispose() => _stream.Dispose();
}
