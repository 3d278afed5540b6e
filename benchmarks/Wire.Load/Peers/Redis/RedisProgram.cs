using System.Globalization;
using System.Net;
using System.Text;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Redis;

/// <summary>redis-server with its append-only file.</summary>
/// <param name="sync">When the file is synced: always or everysec.</param>
internal sealed class RedisProgram(string sync) : PeerProgram(
    $"redis-{sync}",
    "redis-server",
    sync == "always"
        ? "the entry is in the append-only file, written and synced"
        : "the entry is in memory and written to the append-only file, which is synced once a second")
{
    /// <inheritdoc/>
    /// <remarks>Without snapshots and rewrites of the file, which would take their time out of some windows.</remarks>
    public override IReadOnlyList<string> Settings { get; } =
        ["--appendonly", "yes", "--appendfsync", sync, "--save", "", "--auto-aof-rewrite-percentage", "0"];

    /// <inheritdoc/>
    public override IEnumerable<string> Place(int port, string folder, string log) =>
        ["--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--dir", folder, "--logfile", log];

    /// <inheritdoc/>
    public override string? Identify(IPEndPoint endPoint, string folder)
    {
        const string Version = "redis_version:";
        using var redis = new PeerControl(endPoint);
        // By its own name alone, which no other has: the way there may lead over links.
        if (Ask(redis, "CONFIG", "GET", "dir") is not [_, var dir] || Path.GetFileName(dir) != Path.GetFileName(folder))
            return null;
        return Ask(redis, "INFO", "server")[0].Split("\r\n").Single(line => line.StartsWith(Version, StringComparison.Ordinal))[Version.Length..];
    }

    /// <inheritdoc/>
    public override void Forget(IPEndPoint endPoint)
    {
        using var redis = new PeerControl(endPoint);
        Ask(redis, "FLUSHALL", "SYNC");
    }

    /// <inheritdoc/>
    public override LoadConnection CreatePublisher(LoadPlan plan, int index) => new RedisPublisher(plan, index);

    /// <inheritdoc/>
    public override void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers)
    {
        using var redis = new PeerControl(plan.EndPoint);
        foreach (var publisher in publishers)
        {
            var stored = long.Parse(Ask(redis, "XLEN", publisher.ClientId)[0], CultureInfo.InvariantCulture);
            if (stored != publisher.Window.Sent)
                throw new LoadFailureException($"Stream {publisher.ClientId} has {stored} entries of {publisher.Window.Sent} that were answered.");
        }
    }

    private static string[] Ask(PeerControl redis, params string[] words)
    {
        redis.Send(RedisCommand.Encode(words));
        var (kind, text) = Read(redis);
        if (kind != '*')
            return [text];
        return [.. Enumerable.Range(0, int.Parse(text, CultureInfo.InvariantCulture)).Select(_ => Read(redis).Text)];
    }

    private static (char Kind, string Text) Read(PeerControl redis)
    {
        var reply = redis.Read((ReadOnlySpan<byte> input, ref int position, out (char, string) reply) =>
        {
            var isWhole = RespReply.TryRead(input, ref position, out var kind, out var text);
            reply = (kind, Encoding.UTF8.GetString(text));
            return isWhole;
        });
        return reply is ('-', var error) ? throw new LoadFailureException($"Redis refused a question: {error}") : reply;
    }
}
