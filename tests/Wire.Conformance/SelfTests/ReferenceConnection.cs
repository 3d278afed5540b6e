using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

/// <summary>One connection of the <see cref="ReferenceHost"/>.</summary>
internal sealed partial class ReferenceConnection(ReferenceHost host, Socket socket)
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    // Bounded by what a transcript leaves unread.
    private readonly Channel<Frame> _output = System.Threading.Channels.Channel.CreateBounded<Frame>(100_000);
    private readonly CancellationTokenSource _ended = new();
    private Role _role;

    internal string? ClientId { get; private set; }

    internal async Task RunAsync()
    {
        var writing = WriteAsync();
        try
        {
            await ReadAsync();
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
        }

        lock (host.Gate)
        {
            host.LeftUnsynchronized(this);
            _output.Writer.TryComplete();
        }

        await writing;
        await _stream.DisposeAsync();
    }

    internal void Abort()
    {
        _ended.Cancel();
        _stream.Close(0);
    }

    internal void FailUnsynchronized(ErrorCode code)
    {
        SendUnsynchronized(new Frame { Error = new Error { Code = code, Fatal = true, Detail = code.ToString() } });
        _output.Writer.TryComplete();
        _ended.Cancel();
    }

    private void SendUnsynchronized(Frame frame)
    {
        foreach (var one in host.Distort(frame))
        {
            _output.Writer.TryWrite(one.Clone());
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var frame in _output.Reader.ReadAllAsync())
            {
                _stream.Write(Delimited(frame));
            }

            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException)
        {
        }
    }

    private static byte[] Delimited(Frame frame)
    {
        var bytes = new MemoryStream();
        frame.WriteDelimitedTo(bytes);
        return bytes.ToArray();
    }

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
        var opened = TimeProvider.System.GetTimestamp();
        for (var silent = 0; ;)
        {
            ReadResult read;
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token))
            {
                var left = ClientId is null ? host.HandshakeTimeout - TimeProvider.System.GetElapsedTime(opened) : host.PingInterval;
                patience.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
                try
                {
                    read = await reader.ReadAsync(patience.Token);
                    silent = 0;
                }
                catch (OperationCanceledException) when (!_ended.IsCancellationRequested)
                {
                    if (!StillPatient(++silent))
                    {
                        return;
                    }

                    continue;
                }
            }

            var bytes = read.Buffer;
            lock (host.Gate)
            {
                while (!_ended.IsCancellationRequested && TryServeUnsynchronized(ref bytes))
                {
                }

                if (read.IsCompleted || _ended.IsCancellationRequested)
                {
                    return;
                }
            }

            reader.AdvanceTo(bytes.Start, bytes.End);
        }
    }

    private bool TryServeUnsynchronized(ref ReadOnlySequence<byte> bytes)
    {
        var limit = ClientId is null ? 16 * 1024 : ReferenceHost.MaxFrameBytes;
        var cut = ReferenceFraming.TryCut(ref bytes, limit, out var frame, out var error);
        if (error != ErrorCode.Unspecified)
        {
            FailUnsynchronized(error);
        }
        else if (cut)
        {
            switch (ReferenceFraming.Parse(frame))
            {
                case null:
                    FailUnsynchronized(ErrorCode.BadFrame);
                    break;
                case var (parsed, textIsValid) when ClientId is null:
                    OpenUnsynchronized(parsed, textIsValid);
                    break;
                case var (parsed, textIsValid):
                    ServeUnsynchronized(parsed, textIsValid);
                    break;
            }
        }

        return cut;
    }

    private bool StillPatient(int silent)
    {
        lock (host.Gate)
        {
            if (ClientId is null || silent == 3)
            {
                FailUnsynchronized(ClientId is null ? ErrorCode.HandshakeTimeout : ErrorCode.IdleTimeout);
                return false;
            }

            SendUnsynchronized(new Frame { Ping = new Ping { Nonce = (ulong)silent } });
            return true;
        }
    }
}
