using System.Threading.Channels;

namespace Wire.Client;

/// <summary>Tells the write loop that something is due. Any number of calls before it looks are one.</summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private int _isSet;

    public void Set()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
            _channel.Writer.TryWrite(true);
    }

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        await _channel.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);

        // Before the caller looks for work: whoever brings some from here on sets it again.
        Interlocked.Exchange(ref _isSet, 0);
    }
}
