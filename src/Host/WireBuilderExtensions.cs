using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Wire.Handlers;
using Wire.Host.Hosting;
using Wire.Log;

namespace Wire.Host;

/// <summary>Chooses the parts of a server.</summary>
public static class WireBuilderExtensions
{
    /// <summary>
    /// Listens as <c>Wire:Tcp</c> and <c>Wire:Http</c> say, with sockets set up for this protocol. For an application whose
    /// Kestrel has no listeners of its own.
    /// </summary>
    public static WireBuilder AddListeners(this WireBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<WireListeners>();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>, ListenerSetup>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<SocketTransportOptions>, SocketSetup>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ListenerAnnouncement>());
        return builder;
    }

    /// <summary>
    /// Keeps messages in memory only: for tests, and for services whose messages may go with the process. DEFAULT then means
    /// MEMORY, and publishes that ask for DISK are refused.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="capacityBytes">Bytes of messages, at least 8 MiB; when they are used up publishes are refused. Default: 1 GiB.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="capacityBytes"/> is below 8 MiB.</exception>
    public static WireBuilder UseInMemoryLog(this WireBuilder builder, long capacityBytes = 1L << 30)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // Here, where it was written, and not when the application starts.
        ArgumentOutOfRangeException.ThrowIfLessThan(capacityBytes, InMemoryMessageLog.MinCapacityBytes);
        builder.Services.Replace(ServiceDescriptor.Singleton<IMessageLog>(_ => new InMemoryMessageLog(capacityBytes)));
        return builder;
    }

    /// <summary>
    /// Has visitors' messages answered by a handler, from the first start with it on. One handler a server: the last call counts,
    /// and it takes the place of what <c>Wire:Dispatch:Mode</c> says.
    /// </summary>
    /// <typeparam name="THandler">The handler, made once, with its dependencies out of the application's services.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes how turns are run.</param>
    public static WireBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(
        this WireBuilder builder, Action<HandlerOptions>? configure = null)
        where THandler : class, IMessageHandler
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Replace(ServiceDescriptor.Singleton<IMessageHandler, THandler>());
        if (configure is not null)
            builder.Services.PostConfigure(configure);
        return builder;
    }
}
