using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Wire.Host.Health;
using Wire.Host.Hosting;

namespace Wire.Host;

/// <summary>Maps what Wire has to say over HTTP.</summary>
public static class WireEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps <c>/health/live</c> (the process works) and <c>/health/ready</c> (it takes connections and publishes): 200, or 503
    /// with the reason.
    /// </summary>
    /// <param name="endpoints">The application, or a group of its endpoints: <c>app.MapGroup("/internal").MapWire()</c>.</param>
    /// <returns>All of these endpoints, for conventions like <c>AllowAnonymous()</c> or <c>RequireHost()</c>.</returns>
    /// <exception cref="InvalidOperationException"><c>AddWire()</c> was not called on the application's services.</exception>
    public static IEndpointConventionBuilder MapWire(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<WireHostState>() is null)
            throw new InvalidOperationException("MapWire() needs the services of Wire: call AddWire() on the application's services first.");
        var group = endpoints.MapGroup("");
        group.MapHealthChecks("/health/live", HealthResponse.Of(LiveHealthCheck.Name));
        group.MapHealthChecks("/health/ready", HealthResponse.Of(ReadyHealthCheck.Name));
        return group;
    }
}
