using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Wire.Host.Health;

namespace Wire.Host;

/// <summary>Maps what Wire has to say over HTTP.</summary>
public static class WireEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>/health/live</c> (the process works) and <c>/health/ready</c> (it takes connections and publishes): 200, or 503
    /// with the reason.
    /// </summary>
    public static IEndpointRouteBuilder MapWire(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        endpoints.MapHealthChecks("/health/live", HealthResponse.Of(LiveHealthCheck.Name));
        endpoints.MapHealthChecks("/health/ready", HealthResponse.Of(ReadyHealthCheck.Name));
        return endpoints;
    }
}
