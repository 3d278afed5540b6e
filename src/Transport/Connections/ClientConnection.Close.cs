using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Transport.Connections;

/// <summary>
/// The end: what was read is answered, subscriptions end, the last frames go out, and the connection is closed; where the peer
/// does not take them in time, it is reset.
/// </summary>
internal sealed partial class ClientConnection
{
    // How long nothing must have come before the connection is closed. TCP answers what comes after that with a reset, which
    // may overtake the last frame on its way to an application that was still sending; so such a peer is heard out first.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(100);

    private bool _stopsDiscarding;
    private int _discardedReads;
    private long _closedAt;

    private async Task CloseAsync(PipeReader input)
    {
        if (_connection is not null && !Outbox.IsClosed && Reason != CloseReason.PeerLost)
            await AnswerAsync(_connection).ConfigureAwait(false);

        _phase = Phase.Closing;
        Disconnect();

        if (Reason == CloseReason.PeerLost)
            Reset();
        else if (_inputIsDone)
            await SendLastFramesAsync().ConfigureAwait(false);
        else
            await SendLastFramesAndHearOutAsync(input).ConfigureAwait(false);
    }

    private async ValueTask AnswerAsync(WireConnection connection)
    {
        if (_server.IsDraining && _readError is null && NoteReason(CloseReason.Drained))
        {
            Outbox.WriteFrame(new Frame { GoAway = _server.NewGoAway() });
            Outbox.Flush();
        }

        // Ended by the hard stop, and by whoever ends the connection meanwhile; a peer that takes no answers is ended by the heartbeat.
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_server.HardStop);
        Interlocked.Exchange(ref _cancellation, cancellation); // with its fence: whoever ends the connection from now on finds it
        try
        {
            if (!Outbox.IsClosed)
                await connection.WhenAnsweredAsync(cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (Outbox.IsClosed)
        {
            return;
        }
        finally
        {
            _cancellation = null;
        }
        if (_readError is not null)
            Outbox.Abort(_readError);
    }

    private async Task SendLastFramesAsync()
    {
        _closedAt = _server.Clock.Now;
        var sent = Outbox.EndAsync();
        if (!sent.IsCompleted)
        {
            await ((Task)sent).WaitAsync(WireServer.CloseTimeout, _server.Time, _server.HardStop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (!sent.IsCompletedSuccessfully || !sent.Result)
        {
            Reset();
            return;
        }

        // The transport may still hold a little of it, and waits for the peer without an end.
        _context.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(static state => ((ClientConnection)state).ResetWhenLate(), this);
    }

    private async Task SendLastFramesAndHearOutAsync(PipeReader input)
    {
        var discarded = DiscardAsync(input);
        try
        {
            var began = _server.Time.GetTimestamp();
            await SendLastFramesAsync().ConfigureAwait(false);
            while (!discarded.IsCompleted && !_server.HardStop.IsCancellationRequested && _server.Time.GetElapsedTime(began) < WireServer.CloseTimeout)
            {
                var before = Volatile.Read(ref _discardedReads);
                await discarded.WaitAsync(QuietTime, _server.Time, _server.HardStop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (Volatile.Read(ref _discardedReads) == before)
                    break;
            }
        }
        finally
        {
            Volatile.Write(ref _stopsDiscarding, true);
            input.CancelPendingRead();
            await discarded.ConfigureAwait(false);
        }
    }

    /// <summary>Reads and forgets, so that a peer that sends before it reads comes to reading.</summary>
    private async Task DiscardAsync(PipeReader input)
    {
        try
        {
            while (!Volatile.Read(ref _stopsDiscarding))
            {
                var read = await input.ReadAsync().ConfigureAwait(false);
                if (!read.Buffer.IsEmpty)
                    Interlocked.Increment(ref _discardedReads);
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (Exception exception)
        {
            Lose(exception);
        }
    }

    private void ResetWhenLate()
    {
        if (_server.Clock.Now - _closedAt >= WireServer.CloseTimeout.TotalMilliseconds)
            Reset();
    }
}
