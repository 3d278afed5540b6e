using System.Net;
using System.Net.Sockets;
using Wire.Conformance.Peers;
using Wire.Conformance.Runner;
using Wire.Protocol;

namespace Wire.Conformance.SelfTests;

/// <summary>
/// The protocol in the fewest lines, in memory and under one lock: what the transcripts are checked against, so that a
/// transcript that no host could follow is found here, and, with <see cref="Distort"/>, a fault that none would notice.
/// </summary>
internal sealed class ReferenceHost : ITranscriptHost, IAsyncDisposable
{
    internal const int MaxFrameBytes = 1024 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, ReferenceConnection> _clients = [];
    private readonly HashSet<ReferenceConnection> _connections = [];
    private readonly Task _accepting;
    private ulong _lastId;

    internal ReferenceHost()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Turns a frame that is about to be sent into those that are sent instead.</summary>
    internal Func<Frame, IEnumerable<Frame>> Distort { get; init; } = static frame => [frame];

    /// <summary>Changes the sessions when the host is restarted.</summary>
    internal Action<Dictionary<string, ReferenceSession>> Forget { get; init; } = static _ => { };

    /// <summary>Whether visitors are answered with what they said.</summary>
    internal bool Echoes { get; init; }

    internal TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromMilliseconds(300);

    internal TimeSpan PingInterval { get; init; } = TimeSpan.FromSeconds(15);

    internal Lock Gate { get; } = new();

    internal Dictionary<string, ReferenceSession> Sessions { get; } = [];

    public bool CanRestart => true;

    public ValueTask<PeerTransport> ConnectAsync(CancellationToken cancellationToken) =>
        TcpPeer.ConnectAsync(_listener.LocalEndpoint, cancellationToken);

    public ValueTask RestartAsync(HostStop stop, CancellationToken cancellationToken)
    {
        lock (Gate)
        {
            foreach (var connection in _connections.ToList())
            {
                connection.Abort();
            }

            _connections.Clear();
            _clients.Clear();
            foreach (var session in Sessions.Values)
            {
                session.Followers.Clear();
            }

            Forget(Sessions);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        lock (Gate)
        {
            foreach (var connection in _connections)
            {
                connection.Abort();
            }
        }

        _stopping.Dispose();
    }

    internal ulong NextIdUnsynchronized() => ++_lastId;

    internal ReferenceSession SessionUnsynchronized(string id)
    {
        if (!Sessions.TryGetValue(id, out var session))
        {
            Sessions.Add(id, session = new ReferenceSession());
        }

        return session;
    }

    internal void OpenedUnsynchronized(string client, ReferenceConnection connection)
    {
        if (_clients.TryGetValue(client, out var older))
        {
            older.FailUnsynchronized(ErrorCode.TakenOver);
        }

        _clients[client] = connection;
    }

    internal void LeftUnsynchronized(ReferenceConnection connection)
    {
        _connections.Remove(connection);
        foreach (var session in Sessions.Values)
        {
            session.Followers.Remove(connection);
        }

        if (connection.ClientId is { } client && _clients.GetValueOrDefault(client) == connection)
        {
            _clients.Remove(client);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new ReferenceConnection(this, await _listener.AcceptSocketAsync(_stopping.Token));
                lock (Gate)
                {
                    _connections.Add(connection);
                }

                _ = connection.RunAsync();
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException)
        {
        }
    }
}
