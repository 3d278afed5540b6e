using System.Text;
using Wire.Handlers;

namespace Wire.Host.Dispatch;

/// <summary>Answers with what was said; several messages of a turn line by line.</summary>
internal sealed class EchoHandler : IMessageHandler
{
    public static EchoHandler Instance { get; } = new();

    public async Task HandleAsync(MessageContext context, CancellationToken cancellationToken)
    {
        if (context.Messages is [var single])
            await context.ReplyAsync(single.Payload, single.Kind).ConfigureAwait(false);
        else
            await context.ReplyAsync(string.Join('\n', context.Messages.Select(message => Encoding.UTF8.GetString(message.Payload.Span)))).ConfigureAwait(false);
    }
}
