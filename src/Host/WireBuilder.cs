using Microsoft.Extensions.DependencyInjection;

namespace Wire.Host;

/// <summary>What <c>AddWire()</c> returns: further calls choose the parts.</summary>
public sealed class WireBuilder
{
    internal WireBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services. A part that is registered here before or after <c>AddWire()</c> takes the place of the built-in one.</summary>
    public IServiceCollection Services { get; }
}
