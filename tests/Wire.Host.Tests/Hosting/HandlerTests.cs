using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Wire.Handlers;
using Wire.InProcess;
using Wire.Protocol;

namespace Wire.Host.Tests.Hosting;

public sealed class HandlerTests
{
    [Test]
    public async Task Echo_answers_over_a_socket()
    {
        await using var application = await TestApplication.StartAsync(configure: options => options.Dispatch.Mode = DispatchMode.Echo);
        using var client = await application.ConnectAsync();
        client.Send(TestClient.Hello(), new Frame { Subscribe = new Subscribe { SessionId = "s", FromSequence = 1 } }, TestClient.Publish("s", 1));
        client.Expect(Frame.BodyOneofCase.Welcome);
        var messages = new List<Message>();
        while (messages.Count < 2)
        {
            if (client.Read() is { Message: { } message })
                messages.Add(message);
        }
        Assert.That(messages.Select(m => (m.Role, m.Payload.ToStringUtf8())), Is.EqualTo(new[] { (Role.Visitor, "你好"), (Role.Bot, "你好") }));
    }

    [Test]
    public async Task A_handler_with_dependencies_answers_and_takes_the_place_of_the_mode()
    {
        await using var application = await TestApplication.StartAsync(
            build: wire =>
            {
                wire.Services.AddSingleton(new Greeting("Welcome"));
                wire.AddHandler<Greeter>(options => options.ClientId = "$greeter");
            },
            configure: options => options.Dispatch.Mode = DispatchMode.Echo);
        var sessions = application.Services.GetRequiredService<IWireSessions>();
        await sessions.PublishAsync("s", Encoding.UTF8.GetBytes("hello"), new SessionPublishOptions { Sender = "web-7", Role = Role.Visitor });
        await foreach (var message in sessions.SubscribeAsync("s", 2))
        {
            Assert.That((message.Sender, message.Role, Encoding.UTF8.GetString(message.Payload.Span), message.InReplyTo),
                Is.EqualTo(("$greeter", Role.Bot, "Welcome, web-7", 1UL)));
            break;
        }
        Assert.That((await sessions.FetchAsync("greeted")).HeadSequence, Is.EqualTo(1));
    }

    [Test]
    public async Task Handler_options_out_of_range_stop_the_start_and_are_all_named()
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(async () => await TestApplication.StartAsync(build: wire =>
            wire.AddHandler<Greeter>(options =>
            {
                options.ClientId = "greeter";
                options.MaxTurns = 0;
                options.TurnTimeout = TimeSpan.Zero;
            })));
        Assert.That(exception!.Message, Does.Contain("ClientId").And.Contain("MaxTurns").And.Contain("TurnTimeout"));
    }

    private sealed record Greeting(string Word);

    private sealed class Greeter(Greeting greeting, IWireSessions sessions) : IMessageHandler
    {
        public async Task HandleAsync(MessageContext context, CancellationToken cancellationToken)
        {
            await sessions.PublishAsync("greeted", context.Messages[0].Payload, cancellationToken: cancellationToken);
            await context.ReplyAsync($"{greeting.Word}, {context.Messages[0].Sender}");
        }
    }
}
