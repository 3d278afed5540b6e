// A server whose handler streams its replies: those who follow a session see them grow, word by word, and the whole is stored
// when it is said. In the place of the words stands a language model.
using Wire.Host;
using Wire.StreamingSample;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddWire().AddListeners().AddHandler<WordByWord>();

var app = builder.Build();
app.MapWire();
app.Run();
