using System.Text;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Judging;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Load;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>
/// Damage in what the start scans: refused, with the file and the offset, and nothing changed; a hint that is damaged or
/// missing changes nothing.
/// </summary>
[TestFixture]
[Platform(Exclude = "Win", Reason = "The hosts are stopped by signals.")]
public sealed class DamageTests : EndToEndFixture
{
    private const int Messages = 2_000;
    private const string Session = "damage/s";

    // All that is damaged here is a copy of this: several segments, closed in good order.
    private HostProcess _original = null!;

    [OneTimeSetUp]
    public async Task WriteLog()
    {
        _original = new HostProcess(HostSettings.Tiny);
        await _original.StartAsync();
        await using (var peer = new Peer("writer", await _original.ConnectAsync(default)))
        {
            await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "writer" } }, default);
            for (var id = 1; id <= Messages; id++)
            {
                await peer.SendAsync(
                    new Frame { Publish = new Publish { SessionId = Session, PublishId = (ulong)id, Payload = Payload(id) } }, default);
                if (id % 100 == 0)
                {
                    await peer.TakeAsync(frame => frame.Ack?.PublishId == (ulong)id, HostProcess.Deadline, default);
                }
            }
        }

        _original.Terminate();
        Assert.That(await _original.WaitExitAsync(HostProcess.Deadline), Is.Zero);
        Assert.That(SegmentsOf(_original), Has.Count.GreaterThan(4));
    }

    [OneTimeTearDown]
    public async Task StopOriginal() => await _original.DisposeAsync();

    [TestCase(1)]
    [TestCase(700)]
    [TestCase(1_500)]
    [TestCase(Messages, Description = "The last one: the slot says that it was on stable storage.")]
    public async Task A_flipped_bit_is_refused_with_file_and_offset_and_nothing_is_changed(int message)
    {
        var host = CopyOfOriginal();
        var (file, offset) = Find(host, message);
        Change(file, offset, one => (byte)(one ^ 1));
        var before = ContentOf(host);

        await IsRefusedAsync(host, file, "offset ");

        Assert.That(ContentOf(host), Is.EqualTo(before), "the start that was refused has changed the log");
        Change(file, offset, one => (byte)(one ^ 1));
        await HasAllAsync(host, Messages);
    }

    [Test]
    public async Task Bytes_turned_to_zero_are_refused_with_file_and_offset()
    {
        var host = CopyOfOriginal();
        var (file, offset) = Find(host, 900);
        for (var i = 0; i < 512; i++)
        {
            Change(file, offset + i, _ => 0);
        }

        await IsRefusedAsync(host, file, "offset ");
    }

    [TestCase("folder")]
    [TestCase("segment")]
    public async Task A_newer_format_is_refused_with_file_and_offset(string which)
    {
        var host = CopyOfOriginal();
        var file = which == "folder" ? Path.Combine(host.DataFolder, "folder") : SegmentsOf(host)[1];
        Change(file, 12, _ => 99);

        await IsRefusedAsync(host, file, "offset 12", "format 99");
    }

    [Test]
    public async Task A_damaged_header_is_refused_with_file_and_offset()
    {
        var host = CopyOfOriginal();
        var file = SegmentsOf(host)[1];
        Change(file, 40, one => (byte)(one ^ 0x10));

        await IsRefusedAsync(host, file, "offset 8");
    }

    [Test]
    public async Task A_missing_segment_is_refused()
    {
        var host = CopyOfOriginal();
        var missing = SegmentsOf(host)[2];
        File.Delete(missing);

        // It is the end of the file before it that says where the gap begins.
        await IsRefusedAsync(host, SegmentsOf(host)[1], "offset ");
    }

    [Test]
    public async Task A_segment_cut_short_is_refused_with_file_and_offset()
    {
        var host = CopyOfOriginal();
        var file = SegmentsOf(host)[1];
        using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.SetLength(stream.Length / 2);
        }

        await IsRefusedAsync(host, file, "offset ");
    }

    [TestCase("damaged")]
    [TestCase("missing")]
    [TestCase("empty")]
    public async Task A_slot_that_cannot_be_read_changes_nothing(string how)
    {
        var host = CopyOfOriginal();
        var slots = Path.Combine(host.DataFolder, "commit.slots");
        switch (how)
        {
            case "damaged":
                for (var i = 0; i < 64; i++)
                {
                    Change(slots, i, one => (byte)(one ^ 0x55));
                    Change(slots, 4096 + i, one => (byte)(one ^ 0x55));
                }

                break;
            case "missing":
                File.Delete(slots);
                break;
            default:
                await File.WriteAllBytesAsync(slots, []);
                break;
        }

        await host.StartAsync(Cancelled);
        await HasAllAsync(host, Messages);
    }

    [Test]
    public async Task A_torn_end_that_nothing_proves_to_have_been_whole_is_cut()
    {
        var host = CopyOfOriginal();
        File.Delete(Path.Combine(host.DataFolder, "commit.slots"));
        var (file, offset) = Find(host, Messages);
        Change(file, offset, one => (byte)(one ^ 1));

        await host.StartAsync(Cancelled);

        // The last run is gone as a whole; what is sent again goes behind what was before it.
        var messages = await ReadBack.SessionAsync(host, Session, new SessionWitness(), Cancelled);
        Assert.That(messages, Has.Count.InRange(Messages - 100, Messages - 1));
        Assert.That(messages.Select(one => one.Payload), Is.EqualTo(Enumerable.Range(1, messages.Count).Select(Payload)));
    }

    private static ByteString Payload(int id) =>
        ByteString.CopyFromUtf8($"<message {id}>{new string((char)('a' + (id % 26)), 200)}");

    private static List<string> SegmentsOf(HostProcess host) =>
        [.. Directory.GetFiles(host.DataFolder, "*.seg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Where a message's payload is stored.</summary>
    private static (string File, long Offset) Find(HostProcess host, int message)
    {
        var wanted = Encoding.UTF8.GetBytes($"<message {message}>");
        foreach (var file in SegmentsOf(host))
        {
            if (File.ReadAllBytes(file).AsSpan().IndexOf(wanted) is var at and >= 0)
            {
                return (file, at + 5);
            }
        }

        throw new InvalidOperationException($"Message {message} is in no segment.");
    }

    private static void Change(string file, long offset, Func<byte, byte> change)
    {
        using var stream = new FileStream(file, FileMode.Open);
        stream.Position = offset;
        var one = change((byte)stream.ReadByte());
        stream.Position = offset;
        stream.WriteByte(one);
    }

    private static Dictionary<string, string> ContentOf(HostProcess host) => SegmentsOf(host).ToDictionary(
        file => Path.GetFileName(file),
        file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));

    private static async Task IsRefusedAsync(HostProcess host, string file, params string[] words)
    {
        host.Spawn();
        Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Not.Zero);
        var log = host.Log.ToString();
        Assert.That(log, Does.Contain(file));
        Assert.That(words.Where(word => !log.Contains(word, StringComparison.Ordinal)), Is.Empty);
    }

    private static async Task HasAllAsync(HostProcess host, int count)
    {
        if (!host.Ready.IsCompleted)
        {
            await host.StartAsync(Cancelled);
        }

        var messages = await ReadBack.SessionAsync(host, Session, new SessionWitness(), Cancelled);
        Assert.That(messages.Select(one => one.Payload), Is.EqualTo(Enumerable.Range(1, count).Select(Payload)));
    }

    private HostProcess CopyOfOriginal()
    {
        var host = NewHost(HostSettings.Tiny);
        foreach (var file in Directory.GetFiles(_original.DataFolder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(host.DataFolder, Path.GetRelativePath(_original.DataFolder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return host;
    }
}
