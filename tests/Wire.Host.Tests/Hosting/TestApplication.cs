using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wire.Host.Hosting;

namespace Wire.Host.Tests.Hosting;

/// <summary>An application with Wire in it, on free ports, with its log in memory unless the test chooses.</summary>
internal sealed class TestApplication : IAsyncDisposable
{
    private TestApplication(WebApplication application) => Application = application;

    public WebApplication Application { get; }

    public IPEndPoint Tcp => Application.Services.GetRequiredService<WireListeners>().TcpEndPoint!;

    public IServiceProvider Services => Application.Services;

    public static async Task<TestApplication> StartAsync(Action<WireBuilder>? build = null, Action<WireOptions>? configure = null, bool inMemory = true)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var wire = builder.Services.AddWire(options =>
        {
            options.Tcp.Port = 0;
            options.Http.Port = 0;
            configure?.Invoke(options);
        });
        wire.AddListeners();
        if (inMemory)
            wire.UseInMemoryLog();
        build?.Invoke(wire);
        var application = builder.Build();
        application.MapWire();
        await application.StartAsync();
        return new TestApplication(application);
    }

    public Task<TestClient> ConnectAsync() => TestClient.ConnectAsync(Tcp);

    public async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using var http = new HttpClient { Timeout = TestClient.Deadline };
        var endPoint = Services.GetRequiredService<WireListeners>().HttpEndPoint;
        using var response = await http.GetAsync(new Uri($"http://{endPoint}{path}"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public ValueTask DisposeAsync() => Application.DisposeAsync();
}
