using System.Text;
using Wire.Protocol;

namespace Wire.Storage.Tests;

public sealed class UnansweredTests
{
    const string Handler = "$handler";

    [Test]
    public async Task Recovery_notes_the_sessions_in_which_a_visitor_spoke_last_or_was_not_answered_to_the_end([Values] bool orderly)
    {
        using var folder = new TestFolder();
        var options = folder.Options();
        options.HandlerClientId = Handler;
        var lines = new Dictionary<string, Line>();
        await using (var log = await folder.OpenAsync(options))
        {
            await SpeakAsync("asks", "visitor", Role.Visitor);
            await SpeakAsync("answered", "visitor", Role.Visitor);
            await SpeakAsync("answered", Handler, Role.Bot, answers: 1);
            // What the handler answered was said before what came meanwhile.
            await SpeakAsync("half", "visitor", Role.Visitor);
            await SpeakAsync("half", "visitor", Role.Visitor);
            await SpeakAsync("half", Handler, Role.Bot, answers: 1);
            await SpeakAsync("agents", "agent", Role.Agent);
            // The ids of other producers mean nothing here.
            await SpeakAsync("noted", "visitor", Role.Visitor);
            await SpeakAsync("noted", "$process", Role.System, answers: 9);
            await SpeakAsync("again", "visitor", Role.Visitor);
            await SpeakAsync("again", Handler, Role.Bot, answers: 1);
            await SpeakAsync("again", "visitor", Role.Visitor);
            await log.DurableAsync(lines.Values.Max(line => line.End));
            folder.Snapshot();

            async Task SpeakAsync(string session, string client, Role role, ulong answers = 0)
            {
                var line = lines.GetValueOrDefault(session);
                using var writer = new RunWriter();
                writer.Begin(Encoding.UTF8.GetBytes(session), Encoding.UTF8.GetBytes(client));
                var number = line.Number + 1;
                writer.Add(answers > 0 ? answers : (ulong)number, 0, 0, 0, (int)Durability.Disk, answers, "text"u8);
                var record = writer.Complete((byte)role, new RecordChain(number, line.Address, 0, 0), (ulong)number, number, 1000).ToArray();
                await log.AppendAsync(record, (address, end) => lines[session] = new Line(number, address, end));
            }
        }
        if (!orderly)
            folder.RestoreSnapshot();

        await using (var again = await folder.OpenAsync(options))
        {
            using var reader = again.Log.OpenReader();
            var sessions = new List<string>();
            foreach (var address in again.Log.TakeUnanswered())
            {
                Assert.That(reader.Read(address, out var record), Is.EqualTo(LogReadStatus.Found));
                sessions.Add(Encoding.UTF8.GetString(new RecordHeader(record).SessionId));
            }
            Assert.That(sessions, Is.EquivalentTo(new[] { "asks", "half", "noted", "again" }));
            Assert.That(again.Log.TakeUnanswered(), Is.Empty);
        }
        options.HandlerClientId = null;
        await using var without = await folder.OpenAsync(options);
        Assert.That(without.Log.TakeUnanswered(), Is.Empty);
    }

    readonly record struct Line(long Number, long Address, long End);
}
