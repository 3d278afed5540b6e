using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Wire.Transport.Connections;

namespace Wire.Transport;

/// <summary>Serves the protocol on a listener.</summary>
public static class WireConnectionBuilderExtensions
{
    /// <summary>
    /// Ends the listener's middleware stack with Wire. Middleware that was added before, TLS or the application's own, sees the
    /// bytes first.
    /// </summary>
    /// <exception cref="InvalidOperationException"><c>AddWire()</c> was not called on the application's services.</exception>
    public static IConnectionBuilder UseWire(this IConnectionBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.ApplicationServices.GetService<WireServer>() is null)
            throw new InvalidOperationException("UseWire() needs the services of Wire: call AddWire() on the application's services first.");
        return builder.UseConnectionHandler<WireConnectionHandler>();
    }

    /// <inheritdoc cref="UseWire(IConnectionBuilder)" />
    public static ListenOptions UseWire(this ListenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ((IConnectionBuilder)options).UseWire();
        return options;
    }
}
