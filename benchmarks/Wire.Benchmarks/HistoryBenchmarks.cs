using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Wire.Log;
using Wire.Storage;

namespace Wire.Benchmarks;

/// <summary>
/// The newest twenty messages of a session at random, from the log's files as they were written, compacted, and both encrypted. The
/// messages are the dialogues of samples/data, 64 spoken at a time, a run for each turn, in 200 MB of log.
/// </summary>
[MemoryDiagnoser]
public class HistoryBenchmarks
{
    private const long LogBytes = 200_000_000;
    private const int AtOnce = 64;
    private const int Messages = 20;

    private readonly AutoResetEvent _progress = new(false);
    private readonly List<long> _newest = [];
    private readonly Random _random = new(1);
    private string _folder = "";
    private FasterMessageLog _log = null!;

    /// <summary>Whether the files are compacted.</summary>
    [Params(false, true)]
    public bool IsCompacted { get; set; }

    /// <summary>Whether they are encrypted.</summary>
    [Params(false, true)]
    public bool IsEncrypted { get; set; }

    [GlobalSetup]
    public async Task Setup()
    {
        _folder = Directory.CreateTempSubdirectory("wire-history-").FullName;
        var keyFile = Path.Combine(_folder, "wire.keys");
        await File.WriteAllTextAsync(keyFile, $"1 {Convert.ToBase64String(new byte[32])}\n");
        var options = new StorageOptions
        {
            Path = Path.Combine(_folder, "wire"),
            SegmentBytes = 20_000_000,
            KeyFile = IsEncrypted ? keyFile : null,
            CompactAfter = IsCompacted ? TimeSpan.Zero : null,
        };
        _log = new FasterMessageLog(options, TimeProvider.System, NullLogger<FasterMessageLog>.Instance);
        await _log.OpenAsync(() => _progress.Set(), CancellationToken.None);
        Fill(ReadDialogues());
        while (IsCompacted && Directory.GetFiles(Path.Combine(options.Path, "segments"), "*.seg").Length > 1)
            await Task.Delay(100);
        Console.WriteLine($"// {_newest.Count} sessions in {Directory.GetFiles(options.Path, "wire-*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length)} bytes");
    }

    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _log.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One page of history: so many records back along the chain, each from wherever it lies.</summary>
    [Benchmark]
    public int NewestMessages()
    {
        using var reader = _log.OpenReader();
        var read = 0;
        for (var address = _newest[_random.Next(_newest.Count)]; address != 0 && read < Messages; read++)
        {
            if (reader.Read(address, out var record) != LogReadStatus.Found)
                throw new InvalidOperationException($"The record at {address:x} is not there.");
            address = new RecordHeader(record).Previous;
        }
        return read;
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

    private void Fill(List<string[]> dialogues)
    {
        using var writer = new RunWriter();
        var number = 0;
        for (var end = 0L; end < LogBytes;)
        {
            var spoken = Enumerable.Range(0, AtOnce).Select(_ => (Session: $"session-{number}", Turns: dialogues[number++ % dialogues.Count])).ToArray();
            var previous = new long[AtOnce];
            for (var turn = 0; spoken.Any(one => turn < one.Turns.Length); turn++)
            {
                for (var i = 0; i < AtOnce; i++)
                {
                    if (turn >= spoken[i].Turns.Length)
                        continue;
                    writer.Begin(Encoding.UTF8.GetBytes(spoken[i].Session), turn % 2 == 0 ? "visitor"u8 : "agent"u8);
                    writer.Add((ulong)turn / 2 + 1, 1, 1, 0, (int)Protocol.Durability.Disk, 0, Encoding.UTF8.GetBytes(spoken[i].Turns[turn]));
                    (previous[i], end) = Append(writer.Complete((byte)(turn % 2 + 1), new RecordChain(turn + 1, previous[i], 0, 0), (ulong)turn + 1, end + 1, end));
                }
            }
            _newest.AddRange(previous);
        }
        // The newest file stays as it is, so nothing is asked of it.
        while (_log.DurableAddress < _newest[^1])
        {
            _log.Flush();
            _progress.WaitOne();
        }
        _newest.RemoveRange(_newest.Count * 9 / 10, _newest.Count - _newest.Count * 9 / 10);
    }

    private (long Address, long End) Append(Span<byte> record)
    {
        while (true)
        {
            var status = _log.Append(record, out var address, out var end);
            _log.Flush();
            if (status == AppendStatus.Appended)
                return (address, end);
            _progress.WaitOne();
        }
    }
}
