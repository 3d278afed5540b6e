// The server, ready to run: raw TCP, HTTP for health, data in ./wire-data. Settings come from appsettings.json beside the
// program, from environment variables (Wire__Tcp__Port=7500) and from arguments (--Wire:Tcp:Port=7500).
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Wire.Host;
using Wire.Log;

try
{
    var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

    // A start that fails is explained below, in one message; the host would print it with its stack. Kestrel's own line
    // would call the TCP listener an HTTP one.
    builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

    // What has not ended by then is cut off: an orderly stop takes at most 10 s in all.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
    builder.Services.AddWire().AddListeners();

    var app = builder.Build();
    app.MapWire();
    await app.RunAsync();
    return Environment.ExitCode;
}
catch (OptionsValidationException exception)
{
    Console.Error.WriteLine("Wire cannot start with these settings:");
    foreach (var fault in exception.Failures)
        Console.Error.WriteLine($"  {fault}");
    return 1;
}
catch (SocketException exception)
{
    Console.Error.WriteLine($"Wire cannot start: it cannot listen where Wire:Tcp and Wire:Http say: {exception.Message}.");
    return 1;
}
catch (Exception exception) when (exception is LogException or IOException)
{
    Console.Error.WriteLine($"Wire cannot start: {exception.Message}");
    return 1;
}
