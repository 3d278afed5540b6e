// Wire inside an application of one's own: an ordinary ASP.NET Core program, with its own endpoints and settings in code.
// Wire's settings come from the section "Wire" of the configuration, as everywhere (Wire__Tcp__Port=7500).
using Wire.Host;

var builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddWire(options => options.Limits.MaxConnections = 1_000)
    .AddListeners();

var app = builder.Build();
app.MapWire();
app.MapGet("/", () => "An application with Wire in it.");
app.Run();
