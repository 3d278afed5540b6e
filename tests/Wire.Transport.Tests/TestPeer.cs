using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Transport.Tests;

/// <summary>A client that speaks frames over any stream, with a stock protobuf library, and waits for nothing without a deadline.</summary>
internal class TestPeer(Stream input, Stream output) : IAsyncDisposable
{
    // A peer that sends and does not read may have the kernel drop what it received beyond its buffer, acknowledgements in it
    // too (TCPRcvQDrop); what it sends then waits for retransmissions, which back off to 10 s and more.
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static Frame Hello(string clientId = "visitor-1") => new() { Hello = new Hello { Version = 1, ClientId = clientId } };

    public static Frame Publish(string session, ulong publishId, string payload = "", Durability durability = Durability.Default) => new()
    {
        Publish = new Publish { SessionId = session, PublishId = publishId, Payload = ByteString.CopyFromUtf8(payload), Durability = durability },
    };

    public static byte[] Delimited(params Frame[] frames)
    {
        var bytes = new MemoryStream();
        foreach (var frame in frames)
            frame.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }

    public Task SendAsync(params Frame[] frames) => SendAsync(Delimited(frames));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await output.WriteAsync(bytes, deadline.Token);
        await output.FlushAsync(deadline.Token);
    }

    /// <summary>The next frame; null where the server has closed its side.</summary>
    public async Task<Frame?> ReadAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var one = new byte[1];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (await input.ReadAsync(one, deadline.Token) == 0)
            {
                Assert.That(shift, Is.Zero, "the stream ends in the middle of a frame's length");
                return null;
            }
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80)
                break;
        }
        var body = new byte[length];
        await input.ReadExactlyAsync(body, deadline.Token);
        return Frame.Parser.ParseFrom(body);
    }

    /// <summary>The next frame, which must be of that kind.</summary>
    public async Task<Frame> ExpectAsync(Frame.BodyOneofCase body)
    {
        var frame = await ReadAsync();
        Assert.That(frame, Is.Not.Null, $"closed where {body} was expected");
        Assert.That(frame!.BodyCase, Is.EqualTo(body), frame.ToString());
        return frame;
    }

    public async Task<Welcome> OpenAsync(string clientId = "visitor-1")
    {
        await SendAsync(Hello(clientId));
        return (await ExpectAsync(Frame.BodyOneofCase.Welcome)).Welcome;
    }

    /// <summary>A fatal error as the last frame, and nothing after it.</summary>
    public async Task<Error> ExpectEndAsync(ErrorCode code)
    {
        var error = (await ExpectAsync(Frame.BodyOneofCase.Error)).Error;
        Assert.That(error.Code, Is.EqualTo(code), error.Detail);
        Assert.That(error.Fatal, Is.True);
        await ExpectClosedAsync();
        return error;
    }

    public async Task ExpectClosedAsync() => Assert.That(await ReadAsync(), Is.Null, "a frame after the last one");

    public virtual async ValueTask DisposeAsync()
    {
        await output.DisposeAsync();
        await input.DisposeAsync();
    }
}
