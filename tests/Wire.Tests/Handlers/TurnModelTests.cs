using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Wire.Diagnostics;
using Wire.Handlers;
using Wire.Protocol;
using Wire.Tests.Log;
using Wire.Tests.Sessions;

namespace Wire.Tests.Handlers;

/// <summary>
/// Random visitors, agents, Stops, handlers of every temper, slow disks and crashes; and what must hold of the log in the end:
/// each message of a visitor is answered exactly once, in order, unless a human had the session.
/// </summary>
internal sealed class TurnModelTests
{
    private const int Sessions = 3;

    [FsCheck.NUnit.Property(MaxTest = 120, EndSize = 60)]
    public Property Every_message_is_answered_exactly_once_whatever_happens() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte>().Generator.ListOf().ToArbitrary(),
            steps => CheckAsync([.. steps]).GetAwaiter().GetResult());

    [Test]
    public Task A_long_run_holds_too()
    {
        var random = new Random(20260611);
        return CheckAsync([.. Enumerable.Range(0, 600).Select(_ => (byte)random.Next(256))]);
    }

    private static async Task CheckAsync(IReadOnlyList<byte> steps)
    {
        var run = new Run();
        await run.StartAsync(new VolatileLog(remembersAllProducers: false));
        foreach (var step in steps)
            await run.TakeAsync(step % 16, step / 16);
        await run.FinishAsync();
    }

    private sealed class Run
    {
        private readonly SemaphoreSlim _gate = new(0);
        private EngineHarness _harness = null!;
        private VolatileLog _log = null!;
        private TestProducer _visitor = null!;
        private TestProducer _agent = null!;
        private ulong _lastId;
        private int _turns;

        public async Task StartAsync(VolatileLog log)
        {
            _log = log;
            _harness = await EngineHarness.StartAsync(log, o => o.LoadedSessions = 2, handler: new TestHandler(HandleAsync), handlerOptions: new HandlerOptions { MaxTurns = 2 });
            _harness.ExpectedErrors.Add(EventIds.HandlerFailed);
            _visitor = await _harness.ConnectAsync("visitor");
            _agent = await _harness.ConnectAsync("agent", Role.Agent);
        }

        public async Task TakeAsync(int kind, int argument)
        {
            var session = $"s{argument % Sessions}";
            switch (kind)
            {
                case <= 5:
                    for (var i = 0; i <= kind / 2; i++)
                        Send(_visitor, Frames.Publish(session, ++_lastId, $"{_lastId}"));
                    break;
                case 6:
                    Send(_visitor, TurnTests.Event(session, ++_lastId, """{"type":"seen"}"""));
                    break;
                case 7:
                    Send(_agent, Frames.Publish(session, ++_lastId, "mine"));
                    break;
                case 8:
                    Send(_agent, TurnTests.Event(session, ++_lastId, """{"type":"handover"}"""));
                    break;
                case 9 or 10:
                    Send(_agent, TurnTests.Event(session, ++_lastId, """{"type":"giveback"}"""));
                    break;
                case 11:
                    Send(_visitor, new Frame { Stop = new Stop { SessionId = session, InReplyTo = (ulong)_log.MessagesOf(session).Count } });
                    break;
                case 12:
                    _gate.Release(1 + argument);
                    break;
                case 13:
                    _log.IsAutomatic = argument % 2 == 0;
                    _log.Advance();
                    break;
                case 14:
                    await _harness.SettleAsync();
                    break;
                default:
                    await RestartAsync();
                    break;
            }
        }

        public async Task FinishAsync()
        {
            _gate.Release(1_000_000);
            _log.IsAutomatic = true;
            _log.Advance();
            await _harness.SettleAsync();
            // Nobody need speak: what is there is answered.
            await TurnTests.UntilAsync(() => Enumerable.Range(0, Sessions).All(i => IsDealtWith(_log.MessagesOf($"s{i}"))));
            for (var i = 0; i < Sessions; i++)
                Check(_log.MessagesOf($"s{i}"));
            await _harness.DisposeAsync();
        }

        private async Task RestartAsync()
        {
            var after = _log.Crash();
            await _harness.DisposeAsync();
            await StartAsync(after);
        }

        // Not awaited: visitors may be held back.
        private static void Send(TestProducer producer, Frame frame) => _ = producer.SendAsync(frame);

        private async Task HandleAsync(MessageContext context, CancellationToken cancellationToken)
        {
            var reply = "re: " + string.Join(',', TestHandler.Texts(context.Messages));
            switch (Interlocked.Increment(ref _turns) % 7)
            {
                case 0:
                    return;
                case 1:
                    throw new InvalidDataException("as the test says");
                case 2:
                    await _gate.WaitAsync(cancellationToken);
                    await context.ReplyAsync(reply);
                    return;
                case 3:
                    await context.StreamReplyAsync(Pieces());
                    return;
                case 4:
                    context.SetState("""{"type":"state"}"""u8.ToArray());
                    await context.ReplyAsync(reply);
                    return;
                case 5:
                    await _gate.WaitAsync(cancellationToken);
                    return;
                default:
                    await context.ReplyAsync(reply);
                    return;
            }

            async IAsyncEnumerable<string> Pieces()
            {
                yield return reply[..4];
                await _gate.WaitAsync(cancellationToken);
                yield return reply[4..];
            }
        }

        private static bool IsDealtWith(IReadOnlyList<StoredMessage> messages)
        {
            var last = messages.LastOrDefault(IsQuestion)?.Sequence ?? 0;
            var answered = messages.LastOrDefault(m => m.Role == (int)Role.Bot)?.InReplyTo ?? 0;
            var given = messages.LastOrDefault(IsGiveback)?.Sequence ?? 0;
            var taken = messages.LastOrDefault(IsHuman)?.Sequence ?? 0;
            return last <= Math.Max(answered, given) || taken > given;
        }

        private static void Check(IReadOnlyList<StoredMessage> messages)
        {
            var through = 0UL;
            var answer = 0UL;
            foreach (var message in messages.Where(m => m.Role == (int)Role.Bot))
            {
                Assert.That(message.PublishId, Is.EqualTo(message.InReplyTo), "one append has the sequence that it answers as its id");
                Assert.That(IsQuestion(messages[(int)message.InReplyTo - 1]), Is.True, "it answers a visitor");
                if (message.InReplyTo == through)
                {
                    Assert.That(message.Sequence, Is.EqualTo(answer + 1), "two answers to one message");
                    Assert.That(message.Kind, Is.EqualTo((int)PayloadKind.Event), "two replies in one append");
                    continue;
                }
                Assert.That(message.InReplyTo, Is.GreaterThan(through).And.LessThan(message.Sequence));

                var text = Encoding.UTF8.GetString(message.Payload);
                if (message.Kind == (int)PayloadKind.Text)
                {
                    var taken = messages.LastOrDefault(m => IsHuman(m) && m.Sequence < message.Sequence)?.Sequence ?? 0;
                    var given = messages.LastOrDefault(m => IsGiveback(m) && m.Sequence < message.Sequence)?.Sequence ?? 0;
                    Assert.That(taken, Is.LessThanOrEqualTo(given), "a bot spoke while a human had the session");
                    var floors = messages.Where(m => IsGiveback(m) && m.Sequence > through && m.Sequence < message.InReplyTo).Select(m => m.Sequence).Append(through);
                    var questions = floors.Select(floor => "re: " + string.Join(',', messages
                        .Where(m => IsQuestion(m) && m.Sequence > floor && m.Sequence <= message.InReplyTo).Select(m => Encoding.UTF8.GetString(m.Payload))));
                    Assert.That(questions, Has.Some.StartsWith(text), $"'{text}' is not what was asked");
                }
                (through, answer) = (message.InReplyTo, message.Sequence);
            }
        }

        private static bool IsQuestion(StoredMessage message) => message.Role == (int)Role.Visitor && message.Kind != (int)PayloadKind.Event;

        private static bool IsHuman(StoredMessage message) => message.Role == (int)Role.Agent && !IsGiveback(message);

        private static bool IsGiveback(StoredMessage message) => message.Role == (int)Role.Agent && Encoding.UTF8.GetString(message.Payload).Contains("giveback", StringComparison.Ordinal);
    }
}
