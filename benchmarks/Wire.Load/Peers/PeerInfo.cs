namespace Wire.Load.Peers;

/// <summary>What a reader of results must know of a peer.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="Version">What the server that ran says that it is.</param>
/// <param name="Settings">How it was started, without its port and its folder.</param>
/// <param name="Promise">What one of its answers means.</param>
internal sealed record PeerInfo(string Name, string Version, string Settings, string Promise);
