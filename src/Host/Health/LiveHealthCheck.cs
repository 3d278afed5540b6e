using Microsoft.Extensions.Diagnostics.HealthChecks;
using Wire.Host.Hosting;

namespace Wire.Host.Health;

/// <summary>The process works. What does not must be started again.</summary>
internal sealed class LiveHealthCheck(WireHostState state) : IHealthCheck
{
    public const string Name = "wire-live";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        => Task.FromResult(state.IsFaulted ? HealthCheckResult.Unhealthy("a worker died") : HealthCheckResult.Healthy());
}
