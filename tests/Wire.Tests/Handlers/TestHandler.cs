using System.Collections.Concurrent;
using System.Text;
using Wire.Client;
using Wire.Handlers;

namespace Wire.Tests.Handlers;

/// <summary>A handler whose turns are the test's to run.</summary>
internal sealed class TestHandler(Func<MessageContext, CancellationToken, Task> handle) : IMessageHandler
{
    private int _running;

    /// <summary>Each turn as it began: its session and the texts that it answers.</summary>
    public ConcurrentQueue<(string Session, string[] Texts)> Turns { get; } = [];

    /// <summary>The most turns that ran at once.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Answers each turn with "re: " and its texts.</summary>
    public static TestHandler Replying() => new(async (context, _) => await context.ReplyAsync("re: " + string.Join(", ", Texts(context.Messages))));

    public static IEnumerable<string> Texts(IEnumerable<ReceivedMessage> messages) => messages.Select(m => Encoding.UTF8.GetString(m.Payload.Span));

    public async Task HandleAsync(MessageContext context, CancellationToken cancellationToken)
    {
        Turns.Enqueue((context.SessionId, [.. Texts(context.Messages)]));
        lock (Turns)
            MostAtOnce = Math.Max(MostAtOnce, ++_running);
        try
        {
            await handle(context, cancellationToken);
        }
        finally
        {
            lock (Turns)
                _running--;
        }
    }
}
