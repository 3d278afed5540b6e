using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Wire.Handlers;

namespace Wire.Host.Dispatch;

/// <summary>Who answers visitors: the application's handler, else what <c>Wire:Dispatch:Mode</c> says.</summary>
internal static class HandlerChoice
{
    /// <summary>Whether there is a handler. Makes none: it may depend on what is being made.</summary>
    public static bool IsMade(IServiceProvider services) =>
        services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IMessageHandler)) || ModeOf(services) != DispatchMode.Off;

    /// <summary>The handler; null where there is none.</summary>
    public static IMessageHandler? Of(IServiceProvider services) =>
        services.GetService<IMessageHandler>() ?? (ModeOf(services) == DispatchMode.Echo ? EchoHandler.Instance : null);

    private static DispatchMode ModeOf(IServiceProvider services) => services.GetRequiredService<IOptions<WireOptions>>().Value.Dispatch.Mode;
}
