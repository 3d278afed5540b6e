using Wire.Protocol;
using Wire.Tests.Log;

namespace Wire.Tests.Sessions.Model;

/// <summary>Carries out steps against an engine, and checks at the end what must hold whatever they were.</summary>
internal sealed class ModelRun
{
    private const int Sessions = 7;

    private readonly ModelClient[] _clients = [.. Enumerable.Range(0, 4).Select(i => new ModelClient($"client{i}"))];
    private readonly ManualTime _time = new();
    private readonly ModelSettings _settings;
    private VolatileLog _log = new();
    private WriteReferee _referee = null!;
    private EngineHarness _harness = null!;
    private int _crashes;
    private int _seed;

    private ModelRun(ModelSettings settings) => _settings = settings;

    /// <summary>Publishes that were made, in all runs.</summary>
    public static long Published { get; private set; }

    public static async Task CheckAsync(ModelSettings settings, IEnumerable<ModelStep> steps)
    {
        var run = new ModelRun(settings);
        await run.StartAsync();
        foreach (var step in steps)
            await run.TakeAsync(step);
        await run.FinishAsync();
        Published += run._clients.Sum(c => c.Published.Count);
    }

    private async Task StartAsync()
    {
        _referee = new WriteReferee(_log);
        _harness = await EngineHarness.StartAsync(_log, o =>
        {
            o.Workers = _settings.Workers;
            o.LoadedSessions = _settings.LoadedSessions;
            o.RingBytes = _settings.RingBytes;
            o.ProducersPerSession = _clients.Length;
        }, _time, _seed++);
        foreach (var client in _clients)
            await ConnectAsync(client);
    }

    private async Task ConnectAsync(ModelClient client)
    {
        var outbox = new TestOutbox
        {
            OnWrite = _referee.Check,
            MessageMark = _settings.MessageMark,
            Refusals = _settings.RefusesAtRandom ? new Random(_seed++) : null,
        };
        // Not awaited: a busy log may hold the bytes for long.
        _ = client.ConnectAsync(await _harness.ConnectAsync(client.Id, Role.Visitor, outbox));
    }

    private async Task TakeAsync(ModelStep step)
    {
        var client = _clients[step.A % _clients.Length];
        var session = $"s{step.B % Sessions}";
        var random = new Random(step.A ^ step.B << 8 ^ step.C << 16);
        switch (step.Kind)
        {
            case StepKind.Publish:
                Send(client, Enumerable.Range(0, 1 + step.C % 40).Select(_ => client.Publish(session, random.Next(5) / 4, Level(random), Size(random))));
                break;
            case StepKind.PublishWidely:
                Send(client, Enumerable.Range(0, 1 + step.C % 40).Select(_ => client.Publish($"s{random.Next(Sessions)}", 0, Level(random), Size(random))));
                break;
            case StepKind.PublishConditionally:
                var head = random.Next(3) == 0 ? (ulong)random.Next(10) : _clients.Select(c => c.HeadOf(session)).Max() ?? 0;
                Send(client, [client.Publish(session, 0, Level(random), 10, head)]);
                break;
            case StepKind.PublishInvalid:
                Send(client, [client.Publish(session, 0, (Durability)17, 10)]);
                break;
            case StepKind.Repeat:
                // An answered publish that is sent once more: only where nothing is unanswered does its answer stand for itself.
                if (!client.HasUnanswered && client.Published.LastOrDefault(p => p.Session == session && p.Outcome != PublishOutcome.Refused) is { } again)
                    await RepeatAsync(client, again);
                break;
            case StepKind.Receive:
                for (var i = 0; i < step.C % 20 && client.Connection.Outbox.TryRead(out var frame); i++)
                    client.Receive(frame, _crashes);
                break;
            case StepKind.ReceiveAll:
                foreach (var frame in client.Connection.Outbox.ReadAll())
                    client.Receive(frame, _crashes);
                break;
            case StepKind.Reconnect:
                _ = client.Connection.DropAsync();
                await ConnectAsync(client);
                break;
            case StepKind.TakeOver:
                Send(client, Enumerable.Range(0, step.C % 20).Select(_ => client.Publish(session, 0, Level(random), Size(random))));
                await ConnectAsync(client);
                break;
            case StepKind.Subscribe:
                session = $"s{step.B % 3}"; // a few that are followed again and again
                _ = client.SubscribeAsync(session, (ulong)(step.C % 3 == 0 ? 0 : random.Next(30)));
                break;
            case StepKind.Unsubscribe:
                _ = client.UnsubscribeAsync(session);
                break;
            case StepKind.Fetch:
                _ = client.Connection.SendAsync(Frames.Fetch(session, (uint)step.C, (ulong)random.Next(60), (uint)random.Next(30), step.C % 2 == 0));
                break;
            case StepKind.Stall:
                client.Connection.Outbox.IsStalled = step.C % 2 == 0;
                break;
            case StepKind.Flush:
                var ends = _log.Volatiles;
                if (ends.Length > 0)
                    _log.Advance(ends[step.C % ends.Length]);
                break;
            case StepKind.FlushAll:
                _log.Advance();
                break;
            case StepKind.FlushMode:
                _log.IsAutomatic = step.C % 3 == 0;
                break;
            case StepKind.Busy:
                _log.IsBusy = step.C % 3 == 0;
                break;
            case StepKind.Refuse:
                _log.RefuseNext(step.C % 4);
                break;
            case StepKind.Fail:
                _log.Fail();
                break;
            case StepKind.HoldReads:
                _log.HoldsReads = step.C % 3 == 0;
                break;
            case StepKind.Retire:
                // What it needs of the log: to read sessions, and to append their checkpoints.
                if (!_log.IsBusy && !_log.HoldsReads && _log.Health == Wire.Log.LogHealth.Healthy
                    && await _log.RetireAsync(_log.BeginAddress + (_log.DurableAddress - _log.BeginAddress) * (step.C % 101) / 100))
                {
                    foreach (var each in _clients)
                        each.SessionsAreRetired = true;
                }
                break;
            case StepKind.Settle:
                await _harness.SettleAsync();
                break;
            case StepKind.Clock:
                _time.Now += TimeSpan.FromSeconds(random.Next(-1000, 1000));
                break;
            case StepKind.Restart:
                await RestartAsync();
                break;
            case StepKind.Crash:
                var volatiles = _log.Volatiles;
                await CrashAsync(volatiles.Length == 0 || step.C % 2 == 0 ? 0 : volatiles[step.B % volatiles.Length]);
                break;
        }
    }

    // All steps are over: whatever was in the way is taken away, each client gets its answers, and sees what it follows.
    private async Task FinishAsync()
    {
        if (_log.Health == Wire.Log.LogHealth.Failed)
            await CrashAsync(0);
        _log.RefuseNext(0);
        _log.HoldsReads = false;
        _log.IsAutomatic = true;
        _log.IsBusy = false;
        _log.Advance();
        foreach (var client in _clients)
            client.Connection.Outbox.IsStalled = false;
        foreach (var client in _clients)
            await DrainAsync(client);
        foreach (var client in _clients)
            await DrainAsync(client); // what others published since
        CheckStored();
        await CheckPagesAsync();
        await _harness.DisposeAsync();
        Assert.That(_referee.Violations, Is.Empty);
    }

    private async Task DrainAsync(ModelClient client)
    {
        while (true)
        {
            while (client.Connection.Outbox.TryRead(out var came))
                client.Receive(came, _crashes);
            if (client.Connection.Outbox.IsClosed)
            {
                if (!client.Connection.Outbox.TryRead(out _))
                    await ConnectAsync(client);
                continue;
            }
            if (!client.HasUnanswered && !client.IsBehind(s => (ulong)_log.MessagesOf(s).Count))
                return;
            if (await client.Connection.Outbox.TryReadAsync() is { } frame)
                client.Receive(frame, _crashes);
        }
    }

    // Each publish is stored exactly once or holds an Error; of level MEMORY, after a crash, once or not at all.
    private void CheckStored()
    {
        var publishes = _clients.SelectMany(c => c.Published.Select(p => (Key: (p.Session, Sender: c.Id, p.Id), Publish: p))).ToDictionary(p => p.Key, p => p.Publish);
        var stored = new Dictionary<(string, string, ulong), ulong>();
        for (var s = 0; s < Sessions; s++)
        {
            var next = 1ul;
            foreach (var message in _log.MessagesOf($"s{s}"))
            {
                var key = ($"s{s}", message.Sender, message.PublishId);
                Assert.That(message.Sequence, Is.EqualTo(next++));
                Assert.That(publishes.ContainsKey(key), Is.True, $"{key} was never published");
                Assert.That(stored.TryAdd(key, message.Sequence), Is.True, $"{publishes[key]} is stored twice");
                Assert.That(message.Payload, Is.EqualTo(publishes[key].Payload));
                Assert.That(message.Durability, Is.EqualTo((int)publishes[key].Durability));
                foreach (var client in _clients.Where(c => c.Seen.ContainsKey((key.Item1, message.Sequence))))
                    Assert.That(client.Seen[(key.Item1, message.Sequence)].Item2 + client.Seen[(key.Item1, message.Sequence)].PublishId, Is.EqualTo(message.Sender + message.PublishId));
            }
            Assert.That(_clients.Select(c => c.HeadOf($"s{s}") ?? 0).Max(), Is.LessThan(next), "a message was seen and is gone");
        }
        foreach (var (key, publish) in publishes)
        {
            var mayBeLost = publish.Durability == Durability.Memory && publish.Crashes < _crashes;
            var isStored = stored.TryGetValue(key, out var sequence);
            if (publish.Outcome == PublishOutcome.Refused)
                Assert.That(isStored, Is.False, $"{publish} is stored");
            else if (!mayBeLost)
                Assert.That(isStored, Is.True, $"{publish} is lost");
            if (mayBeLost || publish.Outcome == PublishOutcome.Refused)
                continue;
            if (publish.Outcome == PublishOutcome.Stored)
                Assert.That(sequence, Is.EqualTo(publish.Sequence), $"{publish} is elsewhere");
            else
                Assert.That(_log.Find(key.Session, publish.Sequence), Has.Property("Sender").EqualTo(key.Sender).And.Property("PublishId").GreaterThanOrEqualTo(publish.Id), $"{publish}");
        }
    }

    private async Task CheckPagesAsync()
    {
        var reader = await _harness.ConnectAsync("reader");
        for (var s = 0; s < Sessions; s++)
        {
            var messages = _log.MessagesOf($"s{s}");
            for (var next = 1ul; next <= (ulong)messages.Count;)
            {
                await reader.SendAsync(Frames.Fetch($"s{s}", 1, next, 1000));
                var page = (await reader.ReadAsync()).Page;
                Assert.That(page.HeadSequence, Is.EqualTo(messages.Count), $"s{s}");
                next = Math.Max(next, page.FirstSequence);
                foreach (var message in page.Messages)
                {
                    var expected = messages[(int)next - 1];
                    Assert.That((message.Sequence, message.Sender, message.PublishId), Is.EqualTo((next, expected.Sender, expected.PublishId)));
                    Assert.That(message.Payload.Span.SequenceEqual(expected.Payload), Is.True);
                    next++;
                }
            }
        }
    }

    private static Durability Level(Random random) => random.Next(4) == 0 ? Durability.Memory : Durability.Disk;

    private static int Size(Random random) => random.Next(20) == 0 ? random.Next(3000) : random.Next(60);

    private void Send(ModelClient client, IEnumerable<ModelPublish?> publishes) =>
        _ = client.Connection.SendAsync([.. publishes.Where(p => p is not null).Select(p => p!.Frame)]);

    private async Task RepeatAsync(ModelClient client, ModelPublish again)
    {
        // What a MEMORY ack promised may be gone: then this stores it, once, and it is no longer known to be lost.
        if (again.Durability != Durability.Disk || _log.IsBusy || !_log.IsAutomatic || _log.HoldsReads || _log.Health != Wire.Log.LogHealth.Healthy
            || client.Connection.Outbox.IsClosed || client.Connection.Outbox.IsStalled)
            return;
        await client.Connection.SendAsync(again.Frame);
        while (await client.Connection.Outbox.TryReadAsync() is { } frame)
        {
            if (frame.Ack is null || frame.Ack.PublishId != again.Id || frame.Ack.SessionId != again.Session)
            {
                client.Receive(frame, _crashes);
                continue;
            }
            Assert.That(frame.Ack, Has.Property("Duplicate").True.And.Property("Count").EqualTo(1), $"{again}");
            return;
        }
    }

    private async Task RestartAsync()
    {
        if (_log.Health == Wire.Log.LogHealth.Failed)
        {
            await CrashAsync(0);
            return;
        }
        await _harness.DisposeAsync();
        await GoOnAsync(_log.Crash(long.MaxValue));
    }

    private async Task CrashAsync(long upTo)
    {
        foreach (var client in _clients)
            client.Connection.Outbox.Kill();
        _crashes++;
        _log.HoldsReads = false;
        var log = _log.Crash(upTo);
        await _harness.DisposeAsync();
        await GoOnAsync(log);
    }

    private async Task GoOnAsync(VolatileLog log)
    {
        Assert.That(_referee.Violations, Is.Empty);
        _log = log;
        await StartAsync();
    }
}
