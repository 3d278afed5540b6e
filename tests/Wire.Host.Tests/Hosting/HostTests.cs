using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wire.Log;
using Wire.Protocol;
using Wire.Security;
using Wire.Sessions;
using Wire.Transport;

namespace Wire.Host.Tests.Hosting;

public sealed class HostTests
{
    [Test]
    public async Task It_answers_publishes_and_stops_in_good_order()
    {
        await using var application = await TestApplication.StartAsync();
        using var client = await application.ConnectAsync();
        client.Send(TestClient.Hello(), TestClient.Publish("s", 1));
        client.Expect(Frame.BodyOneofCase.Welcome);
        Assert.That(client.Expect(Frame.BodyOneofCase.Ack).Ack.Durability, Is.EqualTo(Durability.Memory));

        var stopping = application.Application.StopAsync();
        client.Expect(Frame.BodyOneofCase.GoAway);
        client.FinishSending();
        Assert.That(client.Read(), Is.Null);
        await stopping.WaitAsync(TestClient.Deadline);
        Assert.That(Environment.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Its_log_is_on_disk_unless_it_is_told_otherwise()
    {
        var folder = Directory.CreateTempSubdirectory("wire-host-tests-").FullName;
        try
        {
            for (ulong start = 1; start <= 2; start++)
            {
                await using var application = await TestApplication.StartAsync(inMemory: false, configure: options =>
                {
                    options.Storage.Path = Path.Combine(folder, "data");
                    options.Storage.MinFreeBytes = 0;
                    options.Storage.PageBytes = 16 * 1024;
                    options.Storage.SegmentBytes = 1 << 20;
                    options.Limits.MaxFrameBytes = 8 * 1024;
                });
                using var client = await application.ConnectAsync();
                client.Send(TestClient.Hello(), TestClient.Publish("s", start, Durability.Disk));
                client.Expect(Frame.BodyOneofCase.Welcome);
                var ack = client.Expect(Frame.BodyOneofCase.Ack).Ack;
                Assert.That(ack.Durability, Is.EqualTo(Durability.Disk));
                Assert.That(ack.Sequence, Is.EqualTo(start), "what the start before stored is there");
                client.FinishSending();
                Assert.That(client.Read(), Is.Null);
                await application.Application.StopAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Healthy_it_is_live_and_ready()
    {
        await using var application = await TestApplication.StartAsync();
        Assert.That(await application.GetAsync("/health/live"), Is.EqualTo((HttpStatusCode.OK, "Healthy\n")));
        Assert.That(await application.GetAsync("/health/ready"), Is.EqualTo((HttpStatusCode.OK, "Healthy\n")));
    }

    [TestCase(LogHealth.Full, "no room")]
    [TestCase(LogHealth.Slow, "slow")]
    [TestCase(LogHealth.Failed, "restart")]
    public async Task A_log_in_trouble_takes_readiness_away_and_not_life(LogHealth health, string reason)
    {
        var log = new TroubledLog();
        await using var application = await TestApplication.StartAsync(wire => wire.Services.Replace(ServiceDescriptor.Singleton<IMessageLog>(log)));
        Assert.That((await application.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
        log.Health = health;
        var (status, text) = await application.GetAsync("/health/ready");
        Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(text, Does.Contain(reason));
        Assert.That((await application.GetAsync("/health/live")).Status, Is.EqualTo(HttpStatusCode.OK));
        log.Health = LogHealth.Healthy;
        Assert.That((await application.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_worker_that_dies_takes_the_application_down_with_exit_code_1()
    {
        var messages = new ListLoggerProvider();
        await using var application = await TestApplication.StartAsync(wire => wire.Services.AddLogging(logging => logging.AddProvider(messages)));
        try
        {
            using var client = await application.ConnectAsync();
            client.Send(TestClient.Hello());
            client.Expect(Frame.BodyOneofCase.Welcome);
            var stopped = application.Application.WaitForShutdownAsync();
            application.Services.GetRequiredService<WireEngine>().Fault(new InvalidOperationException("a defect"));
            await stopped.WaitAsync(TestClient.Deadline);
            Assert.That(Environment.ExitCode, Is.EqualTo(1));
            Assert.That(messages.Entries, Has.Some.Matches<(LogLevel Level, string Text)>(entry => entry.Level == LogLevel.Critical));
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    [Test]
    public async Task An_authenticator_of_the_application_takes_the_place_of_the_built_in_one()
    {
        await using var application = await TestApplication.StartAsync(wire => wire.Services.AddSingleton<IAuthenticator, Refusing>());
        using var client = await application.ConnectAsync();
        client.Send(TestClient.Hello());
        Assert.That(client.Expect(Frame.BodyOneofCase.Error).Error.Code, Is.EqualTo(ErrorCode.Forbidden));
    }

    [TestCase("agent-7", Role.Agent)]
    [TestCase("visitor-7", Role.Visitor)]
    [TestCase("Agent-7", Role.Visitor)]
    public async Task On_loopback_the_client_id_says_the_role(string clientId, Role role)
    {
        await using var application = await TestApplication.StartAsync();
        using var client = await application.ConnectAsync();
        client.Send(TestClient.Hello(clientId));
        Assert.That(client.Expect(Frame.BodyOneofCase.Welcome).Welcome.Role, Is.EqualTo(role));
    }

    [Test]
    public async Task In_mode_None_everyone_is_a_visitor()
    {
        await using var application = await TestApplication.StartAsync(configure: options => options.Auth.Mode = AuthMode.None);
        using var client = await application.ConnectAsync();
        client.Send(TestClient.Hello("agent-7"));
        Assert.That(client.Expect(Frame.BodyOneofCase.Welcome).Welcome.Role, Is.EqualTo(Role.Visitor));
    }

    [Test]
    public async Task An_application_with_a_listener_of_its_own_needs_no_other()
    {
        ListenOptions? listener = null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddWire().UseInMemoryLog();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listener = listen.UseWire()));
        await using var application = builder.Build();
        await application.StartAsync();
        using var client = await TestClient.ConnectAsync(listener!.IPEndPoint!);
        client.Send(TestClient.Hello());
        client.Expect(Frame.BodyOneofCase.Welcome);
    }

    [Test]
    public async Task A_silent_client_is_pinged_and_ended_by_the_real_clock()
    {
        await using var application = await TestApplication.StartAsync(configure: options => options.Limits.PingInterval = TimeSpan.FromMilliseconds(200));
        using var client = await application.ConnectAsync();
        client.Send(TestClient.Hello());
        Assert.That(client.Expect(Frame.BodyOneofCase.Welcome).Welcome.PingIntervalMs, Is.EqualTo(200));
        client.Expect(Frame.BodyOneofCase.Ping);
        Assert.That(client.Expect(Frame.BodyOneofCase.Error).Error.Code, Is.EqualTo(ErrorCode.IdleTimeout));
        Assert.That(client.Read(), Is.Null);
    }

    [Test]
    public void Calling_AddWire_twice_adds_one_server()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddWire();
        var count = services.Count;
        services.AddWire();
        Assert.That(services, Has.Count.EqualTo(count));
    }

    [Test]
    public async Task A_start_that_fails_says_why_in_its_exception()
    {
        var exception = await Assert.ThrowsAsync<LogException>(() => TestApplication.StartAsync(
            wire => wire.Services.Replace(ServiceDescriptor.Singleton<IMessageLog>(new TroubledLog { OpensWith = new LogException("held by process 42") }))));
        Assert.That(exception!.Message, Is.EqualTo("held by process 42"));
    }

    private sealed class Refusing : IAuthenticator
    {
        public ValueTask<AuthenticationResult> AuthenticateAsync(HelloContext hello, CancellationToken cancellationToken)
            => new(AuthenticationResult.Forbidden("nobody"));
    }
}
