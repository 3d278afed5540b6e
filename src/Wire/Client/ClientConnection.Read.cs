using System.Buffers;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Client;

internal sealed partial class ClientConnection
{
    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                var read = await _input.ReadAsync(_abort.Token).ConfigureAwait(false);
                _heard = true;
                var goesOn = Receive(read.Buffer, out var consumed);
                _traffic.Publishes.AnswersTaken();
                if (!goesOn)
                    return;

                if (read.IsCompleted)
                {
                    var cut = consumed.Equals(read.Buffer.End) ? "" : " in the middle of a frame";
                    End(_farewell ?? new ConnectionEnd(EndKind.Lost, $"The server closed the connection{cut}."));
                    return;
                }
                _input.AdvanceTo(consumed, read.Buffer.End);

                if (_traffic.Publishes.HasDue)
                    _traffic.Wake.Set();
                if (_closesWhenAnswered && _traffic.Publishes.IsWireClear)
                {
                    End(_farewell ?? new ConnectionEnd(EndKind.Lost, "The connection was closed."));
                    return;
                }
            }
        }
        catch (Exception exception) when (IsBreak(exception))
        {
            End(_farewell ?? new ConnectionEnd(EndKind.Lost, $"The connection broke: {exception.Message}") { Cause = exception });
        }
    }

    /// <summary>Hands over every complete frame. False where one of them is the end.</summary>
    private bool Receive(in ReadOnlySequence<byte> buffer, out SequencePosition consumed)
    {
        var maxFrameBytes = (int)_welcome.MaxFrameBytes + ProtocolLimits.ServerFrameExtraBytes;
        var reader = new ServerFrameReader(buffer, maxFrameBytes, _scratch);
        var violation = default(string);
        var isIncomplete = false;
        while (violation is null && !isIncomplete && _end is null)
        {
            switch (reader.Read())
            {
                case ServerFrameStatus.Ack:
                    WasServed = true;
                    violation = _traffic.Receive(reader.Ack);
                    break;
                case ServerFrameStatus.Message:
                    WasServed = true;
                    violation = _traffic.Receive(reader.Message);
                    break;
                case ServerFrameStatus.Incomplete:
                    isIncomplete = true;
                    break;
                case ServerFrameStatus.Other when reader.TryParse(out var frame):
                    violation = Receive(frame);
                    break;
                default:
                    violation = $"what is no frame of Wire: {reader.Detail}";
                    break;
            }
        }

        consumed = reader.Consumed;
        _scratch.Reset();
        if (violation is not null)
            End(ConnectionEnd.Violation(violation));
        return isIncomplete;
    }

    private string? Receive(Frame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Error when frame.Error.Fatal:
                End(ConnectionEnd.Of(frame.Error, inHandshake: false));
                return null;
            case Frame.BodyOneofCase.GoAway:
                _farewell = ConnectionEnd.Of(frame.GoAway);
                if (_closing == CloseMode.None)
                    BeginClose(CloseMode.Now, FarewellTimeout);
                return null;
            case Frame.BodyOneofCase.Ping:
                WasServed = true;
                Volatile.Write(ref _pongNonce, frame.Ping.Nonce);
                Interlocked.Exchange(ref _isPongDue, 1);
                _traffic.Wake.Set();
                return null;
            case Frame.BodyOneofCase.Pong:
                WasServed = true;
                return null;
            default:
                WasServed = true;
                return _traffic.Receive(frame);
        }
    }
}
