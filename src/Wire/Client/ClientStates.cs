using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Wire.Client;

/// <summary>The state of a client, and who watches it. Whoever sets it never waits for a watcher.</summary>
internal sealed class ClientStates
{
    /// <summary>What a watcher that is slow keeps: it loses the oldest, never the newest.</summary>
    private const int MaxUnread = 64;

    private readonly Lock _gate = new();
    private readonly List<Channel<WireClientState>> _watchers = [];
    private volatile WireClientState _current = new(WireClientStatus.Idle, 0);

    public WireClientState Current => _current;

    public void Set(WireClientState state)
    {
        lock (_gate)
        {
            if (_current.Status == WireClientStatus.Ended)
                return;
            _current = state;
            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(state);
                if (state.Status == WireClientStatus.Ended)
                    watcher.Writer.TryComplete();
            }
        }
    }

    public async IAsyncEnumerable<WireClientState> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var states = Channel.CreateBounded<WireClientState>(
            new BoundedChannelOptions(MaxUnread) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
        {
            states.Writer.TryWrite(_current);
            if (_current.Status == WireClientStatus.Ended)
                states.Writer.TryComplete();
            else
                _watchers.Add(states);
        }
        try
        {
            await foreach (var state in states.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return state;
        }
        finally
        {
            lock (_gate)
                _watchers.Remove(states);
        }
    }
}
