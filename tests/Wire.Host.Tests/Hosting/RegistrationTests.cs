using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Wire.Host.Hosting;
using Wire.Log;
using Wire.Security;
using Wire.Transport;

namespace Wire.Host.Tests.Hosting;

/// <summary>How an application puts Wire together: parts of its own, calls in any order and twice, and faults said at the start.</summary>
public sealed class RegistrationTests
{
    private static IEnumerable<TestCaseData> Parts()
    {
        yield return new TestCaseData(typeof(IMessageLog), new InMemoryMessageLog()).SetArgDisplayNames("log");
        yield return new TestCaseData(typeof(IAuthenticator), new Anyone()).SetArgDisplayNames("authenticator");
        yield return new TestCaseData(typeof(TimeProvider), new OtherTime()).SetArgDisplayNames("time");
    }

    [TestCaseSource(nameof(Parts))]
    public async Task A_part_of_the_application_takes_the_place_of_the_built_in_one_wherever_it_is_registered(Type type, object part)
    {
        foreach (var isBefore in new[] { true, false })
        {
            var services = NewServices();
            if (isBefore)
                services.AddSingleton(type, part);
            services.AddWire();
            if (!isBefore)
                services.AddSingleton(type, part);
            await using var provider = services.BuildServiceProvider();
            Assert.That(provider.GetRequiredService(type), Is.SameAs(part), isBefore ? "before" : "after");
        }
    }

    [Test]
    public async Task The_log_in_memory_is_the_log_wherever_it_is_asked_for()
    {
        var services = NewServices();
        services.AddSingleton<IMessageLog>(new TroubledLog());
        services.AddWire().UseInMemoryLog(16 << 20);
        await using var provider = services.BuildServiceProvider();
        Assert.That(provider.GetServices<IMessageLog>().Single(), Is.InstanceOf<InMemoryMessageLog>().With.Property(nameof(InMemoryMessageLog.CapacityBytes)).EqualTo(16 << 20));
    }

    [Test]
    public void A_log_in_memory_that_is_too_small_is_refused_where_it_is_asked_for()
    {
        var wire = NewServices().AddWire();
        Assert.That(() => wire.UseInMemoryLog((8 << 20) - 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => wire.UseInMemoryLog(8 << 20), Throws.Nothing);
    }

    [Test]
    public async Task What_every_call_of_AddWire_sets_holds_in_their_order()
    {
        var services = NewServices();
        services.AddWire(options => (options.NodeId, options.Workers) = (1, 1));
        services.AddWire(options => options.NodeId = 2);
        await using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptions<WireOptions>>().Value;
        Assert.That((options.NodeId, options.Workers), Is.EqualTo((2, 1)));
    }

    [Test]
    public void Calling_AddListeners_twice_adds_no_second_ones()
    {
        var services = NewServices();
        services.AddWire().AddListeners();
        var count = services.Count;
        services.AddWire().AddListeners();
        Assert.That(services, Has.Count.EqualTo(count));
    }

    [Test]
    public async Task A_start_with_settings_that_cannot_be_says_all_of_them_and_those_of_the_application()
    {
        var log = new TroubledLog { OpensWith = new LogException("opened in spite of it") };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IMessageLog>(log);
        builder.Services.AddSingleton<IValidateOptions<WireOptions>, NodesBelow100>();
        builder.Services.AddWire(options => (options.NodeId, options.Workers, options.Limits.MaxConnections) = (200, -1, 0));
        await using var application = builder.Build();
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => application.StartAsync());
        Assert.That(exception!.Failures, Has.Exactly(3).Items);
        Assert.That(exception.Failures, Has.One.StartsWith("Wire:Workers").And.One.StartsWith("Wire:Limits:MaxConnections").And.One.EqualTo("Nodes are below 100."));
    }

    [Test]
    public void Endpoints_and_listeners_without_AddWire_say_what_to_call()
    {
        using var application = WebApplication.CreateSlimBuilder().Build();
        Assert.That(() => application.MapWire(), Throws.InvalidOperationException.With.Message.Contains("AddWire()"));
        var kestrel = new KestrelServerOptions { ApplicationServices = application.Services };
        Assert.That(() => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseWire()), Throws.InvalidOperationException.With.Message.Contains("AddWire()"));
    }

    [Test]
    public async Task Endpoints_take_a_prefix_and_conventions_of_the_application()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddWire(options => (options.Tcp.Port, options.Http.Port) = (0, 0)).AddListeners().UseInMemoryLog();
        await using var application = builder.Build();
        application.MapGroup("/internal").MapWire().WithMetadata("of the application");
        await application.StartAsync();

        var endpoints = application.Services.GetRequiredService<EndpointDataSource>().Endpoints;
        Assert.That(endpoints, Has.Count.EqualTo(2).And.All.Matches<Endpoint>(endpoint => endpoint?.Metadata.GetMetadata<string>() == "of the application"));
        using var http = new HttpClient { Timeout = TestClient.Deadline };
        var address = application.Services.GetRequiredService<WireListeners>().HttpEndPoint;
        using var ready = await http.GetAsync(new Uri($"http://{address}/internal/health/ready"));
        using var elsewhere = await http.GetAsync(new Uri($"http://{address}/health/ready"));
        Assert.That((ready.StatusCode, elsewhere.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.NotFound)));
    }

    private static ServiceCollection NewServices()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        return services;
    }

    private sealed class Anyone : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(HelloContext hello, CancellationToken cancellationToken)
            => new(AuthenticationResult.Accept(Protocol.Role.Visitor));
    }

    private sealed class OtherTime : TimeProvider;

    private sealed class NodesBelow100 : IValidateOptions<WireOptions>
    {
        public ValidateOptionsResult Validate(string? name, WireOptions options)
            => options.NodeId < 100 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail("Nodes are below 100.");
    }
}
