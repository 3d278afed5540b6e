using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Nats;

/// <summary>nats-server.</summary>
/// <param name="name">Its name in tables.</param>
/// <param name="promise">What one of its answers means.</param>
internal abstract class NatsProgram(string name, string promise) : PeerProgram(name, "nats-server", promise)
{
    /// <inheritdoc/>
    public override IEnumerable<string> Place(int port, string folder, string log) =>
    [
        "--addr", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture),
        "--store_dir", folder, "--log", log, "--server_name", Path.GetFileName(folder),
    ];

    /// <inheritdoc/>
    public override string? Identify(IPEndPoint endPoint, string folder)
    {
        using var nats = new PeerControl(endPoint);
        using var info = JsonDocument.Parse(Read(nats).Line["INFO ".Length..]);
        return info.RootElement.GetProperty("server_name").GetString() == Path.GetFileName(folder)
            ? info.RootElement.GetProperty("version").GetString()
            : null;
    }

    /// <summary>The next message: its line, and what follows it.</summary>
    protected static (string Line, string Payload) Read(PeerControl nats) =>
        nats.Read((ReadOnlySpan<byte> input, ref int position, out (string, string) message) =>
        {
            var isWhole = NatsMessage.TryRead(input, ref position, out var line, out var payload);
            message = (Encoding.UTF8.GetString(line), Encoding.UTF8.GetString(payload));
            return isWhole;
        });
}
