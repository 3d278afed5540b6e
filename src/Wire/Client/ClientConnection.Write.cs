using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using Wire.Framing;

namespace Wire.Client;

internal sealed partial class ClientConnection
{
    private async Task WriteAsync()
    {
        try
        {
            // What gathers while a write is under way goes out in the next one.
            while (_closing != CloseMode.Now)
            {
                _abort.Token.ThrowIfCancellationRequested();
                var more = Fill();
                if (_output.WrittenCount > 0)
                    await SendAsync(_abort.Token).ConfigureAwait(false);
                if (more)
                    continue;
                if (_closing == CloseMode.WhenWritten && !_traffic.Publishes.HasWaiting)
                    break;
                await _traffic.Wake.WaitAsync().ConfigureAwait(false);

                // Whoever woke this mostly has more to say: behind what else is ready to run, one write carries more of it.
                await Task.Yield();
            }
            await CloseSendingAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            // The read loop finds the end, and what the server may have said before it.
            _abort.CancelAfter(LastWordsTimeout);
        }
        catch
        {
            await _abort.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private bool Fill()
    {
        if (Interlocked.Exchange(ref _isPongDue, 0) == 1)
            _output.Advance(FrameWriter.WritePong(_output.GetSpan(FrameWriter.MaxHeartbeatBytes), Volatile.Read(ref _pongNonce)));
        if (Interlocked.Exchange(ref _isPingDue, 0) == 1)
            _output.Advance(FrameWriter.WritePing(_output.GetSpan(FrameWriter.MaxHeartbeatBytes), ++_pingNonce));
        return _traffic.WriteTo(_output, WriteBytes, (int)_welcome.MaxFrameBytes);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_output.WrittenMemory, cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);

        // A large payload is not to be paid for as long as the connection lives.
        if (_output.Capacity > WriteBytes * 4)
            _output = new ArrayBufferWriter<byte>(WriteBytes * 2);
        else
            _output.ResetWrittenCount();
    }

    private async ValueTask CloseSendingAsync()
    {
        switch (_stream)
        {
            case NetworkStream network:
                network.Socket.Shutdown(SocketShutdown.Send);
                break;
            case SslStream tls:
                await tls.ShutdownAsync().ConfigureAwait(false);
                break;
            default:
                // No half of it can be closed: it stays open until all is answered.
                _closesWhenAnswered = true;
                if (_traffic.Publishes.IsWireClear)
                    await _abort.CancelAsync().ConfigureAwait(false);
                break;
        }
    }
}
