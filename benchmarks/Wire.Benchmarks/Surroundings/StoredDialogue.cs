using System.Text;
using System.Text.Json;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Subscriptions;

namespace Wire.Benchmarks.Surroundings;

/// <summary>A dialogue of samples/data in a log, each turn a record.</summary>
internal sealed class StoredDialogue(int number, string[] turns)
{
    private const int AtOnce = 64;

    private SessionChain _chain;

    public byte[] Id { get; } = Encoding.UTF8.GetBytes(PublishFrames.SessionId(number));

    public string[] Turns => turns;

    public StoredRange Range => new(1, (ulong)_chain.RunNumber, _chain.Tail);

    /// <summary>Fills a log with them, 64 spoken at a time, until it is so long and all is on stable storage.</summary>
    public static List<StoredDialogue> Fill(IMessageLog log, long bytes, AutoResetEvent progress)
    {
        var dialogues = ReadDialogues();
        var stored = new List<StoredDialogue>();
        using var writer = new RunWriter();
        var end = 0L;
        while (end < bytes)
        {
            var spoken = Enumerable.Range(stored.Count, AtOnce).Select(i => new StoredDialogue(i, dialogues[i % dialogues.Count])).ToArray();
            for (var turn = 0; spoken.Any(one => turn < one.Turns.Length); turn++)
            {
                foreach (var one in spoken.Where(one => turn < one.Turns.Length))
                    end = one.Append(turn, writer, log, progress);
            }
            stored.AddRange(spoken);
        }
        while (log.DurableAddress < end)
        {
            log.Flush();
            progress.WaitOne();
        }
        return stored;
    }

    private long Append(int turn, RunWriter writer, IMessageLog log, AutoResetEvent progress)
    {
        var role = turn % 2 == 0 ? Role.Visitor : Role.Agent;
        writer.Begin(Id, role == Role.Visitor ? "visitor"u8 : "agent"u8);
        writer.Add((ulong)turn / 2 + 1, 1, (int)Channel.Web, 0, (int)Durability.Disk, 0, Encoding.UTF8.GetBytes(turns[turn]));
        while (true)
        {
            var status = log.Append(writer.Complete((byte)role, _chain.Next, (ulong)turn + 1, turn + 1, 1L << 60), out var address, out var end);
            log.Flush();
            if (status == AppendStatus.Appended)
            {
                _chain.Append(address, isCheckpoint: false);
                return end;
            }
            progress.WaitOne();
        }
    }

    private static List<string[]> ReadDialogues()
    {
        var root = AppContext.BaseDirectory;
        while (!Directory.Exists(Path.Combine(root, "samples", "data")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("samples/data is not found above the program.");
        return File.ReadLines(Path.Combine(root, "samples", "data", "crosswoz.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("turns").EnumerateArray().Select(turn => turn.GetProperty("text").GetString()!).ToArray())
            .ToList();
    }
}
