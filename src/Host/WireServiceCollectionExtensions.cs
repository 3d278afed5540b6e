using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Wire.Handlers;
using Wire.Host.Dispatch;
using Wire.Host.Health;
using Wire.Host.Hosting;
using Wire.Host.Settings;
using Wire.InProcess;
using Wire.Log;
using Wire.Security;
using Wire.Sessions;
using Wire.Storage;
using Wire.Transport.Connections;
using Wire.Transport.Security;

namespace Wire.Host;

/// <summary>Adds Wire to an application.</summary>
public static class WireServiceCollectionExtensions
{
    /// <summary>
    /// Adds the engine, its log and its connections, with the settings of the configuration's section <c>Wire</c>. The start of
    /// the application opens the log, its stop drains the connections and closes the log.
    /// </summary>
    /// <remarks>
    /// Nothing listens yet: call <see cref="WireBuilderExtensions.AddListeners"/>, or <c>UseWire()</c> on listeners of the
    /// application's own. <see cref="IMessageLog"/>, <see cref="IAuthenticator"/> and <see cref="TimeProvider"/> are taken from
    /// the services where they are registered. A second call changes nothing but what <paramref name="configure"/> does.
    /// </remarks>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes settings in code, after the configuration was read.</param>
    public static WireBuilder AddWire(this IServiceCollection services, Action<WireOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.PostConfigure(configure);

        var builder = new WireBuilder(services);
        if (services.Any(service => service.ServiceType == typeof(WireServer)))
            return builder;

        services.AddOptions<WireOptions>()
            .Configure<IServiceProvider>((options, provider) =>
            {
                if (provider.GetService<IConfiguration>() is { } configuration)
                    WireSettings.Read(configuration, options);
            })
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<WireOptions>, WireOptionsValidator>();

        services.AddOptions<HandlerOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<HandlerOptions>, HandlerOptionsValidator>();

        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(NewLog);
        services.TryAddSingleton<IAuthenticator>(provider => NewAuthenticator(provider.GetRequiredService<IOptions<WireOptions>>().Value.Auth.Mode));
        services.AddSingleton<WireHostState>();
        services.AddSingleton(NewEngine);
        services.AddSingleton(NewServer);
        services.TryAddSingleton<IWireSessions>(provider => new InProcessSessions(provider.GetRequiredService<WireEngine>()));
        services.AddHostedService<WireHostedService>();
        services.AddHealthChecks()
            .AddCheck<LiveHealthCheck>(LiveHealthCheck.Name)
            .AddCheck<ReadyHealthCheck>(ReadyHealthCheck.Name);
        return builder;
    }

    private static IAuthenticator NewAuthenticator(AuthMode mode) => mode switch
    {
        AuthMode.Loopback => new LoopbackAuthenticator(),
        AuthMode.None => new AnonymousAuthenticator(),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, null),
    };

    private static IMessageLog NewLog(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<WireOptions>>().Value;
        var storage = options.Storage;
        var storageOptions = new StorageOptions
        {
            Path = storage.Path,
            SegmentBytes = storage.SegmentBytes,
            SegmentAge = storage.SegmentAge,
            PageBytes = storage.PageBytes,
            RetainAge = storage.RetainAge,
            RetainBytes = storage.RetainBytes,
            ForgetAfter = options.Sessions.ForgetAfter,
            MinFreeBytes = storage.MinFreeBytes,
            Reads = storage.Reads,
            CompactAfter = storage.CompactAfter,
            KeyFile = storage.Encryption.KeyFile,
            EncryptAppends = storage.Encryption.Enabled,
            NodeId = options.NodeId,
            MaxFrameBytes = options.Limits.MaxFrameBytes,
            HandlerClientId = !HandlerChoice.IsMade(provider) ? null : provider.GetRequiredService<IOptions<HandlerOptions>>().Value.ClientId,
        };
        storageOptions.MemoryBytes = Math.Max(storageOptions.MemoryBytes, 4L * storage.PageBytes);
        storageOptions.ReserveBytes = Math.Max(storageOptions.ReserveBytes, 4L * storage.PageBytes);
        return new FasterMessageLog(storageOptions, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<FasterMessageLog>>());
    }

    private static WireEngine NewEngine(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<WireOptions>>().Value;
        var engineOptions = new WireEngineOptions
        {
            NodeId = options.NodeId,
            Workers = options.Workers,
            MaxFrameBytes = options.Limits.MaxFrameBytes,
            DefaultDurability = options.Storage.Durability == DurabilityLevel.Memory ? Protocol.Durability.Memory : Protocol.Durability.Disk,
            RingBytes = options.Sessions.RingBytes,
            LoadedSessions = options.Sessions.Loaded,
        };
        return new WireEngine(
            provider.GetRequiredService<IMessageLog>(),
            engineOptions,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<WireEngine>>());
    }

    private static WireServer NewServer(IServiceProvider provider) => new(
        provider.GetRequiredService<WireEngine>(),
        provider.GetRequiredService<IAuthenticator>(),
        provider.GetRequiredService<IOptions<WireOptions>>().Value.Limits,
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<WireServer>>());
}
