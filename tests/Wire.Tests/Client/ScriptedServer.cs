using System.Net;
using System.Net.Sockets;

namespace Wire.Tests.Client;

/// <summary>The other side of a client on a real socket: a test says what it answers, and sees all that comes.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<ScriptedPeer> _peers = [];

    public ScriptedServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    /// <summary>Somebody has connected whom the test has not accepted.</summary>
    public bool HasCaller => _listener.Pending();

    /// <summary>Waits for the next connection, before its Hello.</summary>
    public async Task<ScriptedPeer> AcceptAsync()
    {
        var socket = await _listener.AcceptSocketAsync().WaitAsync(Deadline.Of);
        var peer = new ScriptedPeer(socket);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Waits for the next connection, and opens it.</summary>
    public async Task<ScriptedPeer> WelcomeAsync(uint maxFrameBytes = 1 << 20, uint pingIntervalMs = 15_000)
    {
        var peer = await AcceptAsync();
        var hello = await peer.ReadAsync();
        Assert.That(hello.Hello?.Version, Is.EqualTo(1), "the first frame is Hello");
        await peer.SendAsync(Frames.Welcome(maxFrameBytes, pingIntervalMs));
        return peer;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (var peer in _peers)
            peer.Dispose();
        return ValueTask.CompletedTask;
    }
}
