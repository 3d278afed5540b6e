using System.Runtime.CompilerServices;
using System.Text;
using Wire.Handlers;

namespace Wire.StreamingSample;

/// <summary>Says back what the visitor said, a word every so often (Words:DelayMilliseconds, 50 unless it is set).</summary>
internal sealed class WordByWord(IConfiguration configuration) : IMessageHandler
{
    private readonly int _delay = configuration.GetValue("Words:DelayMilliseconds", 50);

    public Task HandleAsync(MessageContext context, CancellationToken cancellationToken)
    {
        var texts = context.Messages.Select(message => Encoding.UTF8.GetString(message.Payload.Span));
        return context.StreamReplyAsync(SayAsync($"You said: {string.Join(" and ", texts)}", cancellationToken));
    }

    private async IAsyncEnumerable<string> SayAsync(string text, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var word in text.Split(' '))
        {
            await Task.Delay(_delay, cancellationToken);
            yield return word + " ";
        }
    }
}
