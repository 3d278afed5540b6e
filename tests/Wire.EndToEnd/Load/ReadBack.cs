using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.Protocol;

namespace Wire.EndToEnd.Load;

/// <summary>Reads sessions back by Fetch.</summary>
internal static class ReadBack
{
    /// <summary>All messages of a session, from the first.</summary>
    internal static async Task<List<Message>> SessionAsync(
        HostProcess host, string session, SessionWitness witness, CancellationToken cancellationToken)
    {
        var referee = new ConnectionReferee(witness);
        await using var peer = new Peer("reader", await host.ConnectAsync(cancellationToken), referee);
        await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "reader" } }, cancellationToken);
        await peer.TakeAsync(frame => frame.Welcome is not null, HostProcess.Deadline, cancellationToken);
        var messages = new List<Message>();
        for (uint request = 1; ; request++)
        {
            await peer.SendAsync(
                new Frame
                {
                    Fetch = new Fetch
                    {
                        RequestId = request,
                        SessionId = session,
                        FromSequence = (ulong)messages.Count + 1,
                        Limit = 1000,
                    },
                },
                cancellationToken);
            var frame = await peer.TakeAsync(
                one => one.BodyCase is Frame.BodyOneofCase.Page or Frame.BodyOneofCase.Error,
                HostProcess.Deadline,
                cancellationToken);
            if (frame.Page is not { } page || referee.Fault is not null)
            {
                throw new LoadException($"{session} cannot be read back: {referee.Fault ?? frame.ToString()}");
            }

            messages.AddRange(page.Messages);
            if ((ulong)messages.Count >= page.HeadSequence)
            {
                return messages;
            }
        }
    }

    /// <summary>What is wrong with a session that was read back: the producers' messages must be in it once, in order, unaltered.</summary>
    /// <param name="session">The session.</param>
    /// <param name="messages">All its messages.</param>
    /// <param name="lastIds">The producers, and how far each has published.</param>
    /// <param name="mayBeMissing">Which publishes a crash may have taken; null for none.</param>
    internal static IEnumerable<string> Faults(
        string session, IReadOnlyList<Message> messages, IReadOnlyDictionary<string, ulong> lastIds,
        Func<ulong, bool>? mayBeMissing = null)
    {
        var next = lastIds.Keys.ToDictionary(client => client, _ => 1UL);
        Message? last = null;
        foreach (var message in messages)
        {
            var at = $"sequence {message.Sequence} of {session} ({message.Sender}/{message.PublishId})";
            if (message.Sequence != (last?.Sequence ?? 0) + 1)
            {
                yield return $"{at} follows {last?.Sequence ?? 0}";
            }

            if (last is not null && (message.Id <= last.Id || message.TimestampUnixNs < last.TimestampUnixNs))
            {
                yield return $"{at}: id or time fell, {last.Id} to {message.Id}, {last.TimestampUnixNs} to {message.TimestampUnixNs}";
            }

            last = message;
            if (!next.TryGetValue(message.Sender, out var expected))
            {
                yield return $"{at} is of an unknown producer";
            }
            else if (message.PublishId < expected)
            {
                yield return $"{at} is there again, or too late: publish {expected} was next";
            }
            else if (Missing(expected, message.PublishId, mayBeMissing) is { } missing)
            {
                yield return $"{at}: publish {missing} was next and is missing";
            }

            next[message.Sender] = message.PublishId + 1;
            if (!message.Payload.Equals(Payloads.Of(message.Sender, session, message.PublishId))
                || message.InReplyTo != message.PublishId * 3)
            {
                yield return $"{at} is altered";
            }
        }

        foreach (var (client, lastId) in lastIds)
        {
            if (Missing(next[client], lastId + 1, mayBeMissing) is { } missing)
            {
                yield return $"{session}: of {client} the publishes from {missing} to {lastId} are missing";
            }
        }
    }

    private static ulong? Missing(ulong from, ulong until, Func<ulong, bool>? mayBeMissing)
    {
        for (var id = from; id < until; id++)
        {
            if (mayBeMissing is null || !mayBeMissing(id))
            {
                return id;
            }
        }

        return null;
    }
}
