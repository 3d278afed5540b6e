using Microsoft.Extensions.Diagnostics.HealthChecks;
using Wire.Host.Hosting;
using Wire.Log;
using Wire.Transport.Connections;

namespace Wire.Host.Health;

/// <summary>
/// The server takes connections and publishes. Where it does not, it should get no new ones. One that has met damage serves all
/// the sessions that are whole, and says so.
/// </summary>
internal sealed class ReadyHealthCheck(WireServer server, IMessageLog log, WireHostState state) : IHealthCheck
{
    public const string Name = "wire-ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        => Task.FromResult(Reason() is { } reason ? HealthCheckResult.Unhealthy(reason)
            : log.HasDamage ? HealthCheckResult.Degraded("stored data that is damaged or cannot be read was met; the log says in which file")
            : HealthCheckResult.Healthy());

    private string? Reason()
    {
        if (state.IsFaulted)
            return "a worker died";
        if (!server.Started.IsCompleted)
            return "starting";
        if (server.IsDraining)
            return "draining";
        return log.Health switch
        {
            LogHealth.Healthy => null,
            LogHealth.Slow => "the log's disk is too slow",
            LogHealth.Full => "the log has no room",
            LogHealth.Failed => "the log has failed; it takes publishes again after a restart",
            _ => "the log is in an unknown state",
        };
    }
}
