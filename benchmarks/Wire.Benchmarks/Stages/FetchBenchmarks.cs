using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Framing;
using Wire.Log;
using Wire.Protocol;
using Wire.Sessions;
using Wire.Storage;
using Wire.Subscriptions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// The page with the newest twenty messages of a session at random, from the log's files as they were written, compacted, and
/// compacted and encrypted: the dialogues of samples/data, in 100 MB of log. The baseline reads as many bytes in one piece from a
/// place at random of a file as large.
/// </summary>
[MemoryDiagnoser]
public class FetchBenchmarks
{
    private const int LogBytes = 100_000_000;
    private const int Messages = 20;
    private static readonly TimeSpan CompactionTime = TimeSpan.FromMinutes(2);

    private readonly AutoResetEvent _progress = new(false);
    private readonly CountingOutbox _outbox = new();
    private readonly Random _random = new(1);
    private readonly ClientFetch _fetch = new() { RequestId = 1, Limit = Messages, Backward = true };
    private readonly byte[] _destination = new byte[64 * 1024];
    private string _folder = "";
    private FasterMessageLog _log = null!;
    private IReadOnlyList<StoredDialogue> _sessions = [];
    private ILogReader _reader = null!;
    private WireConnection _connection = null!;
    private SafeFileHandle _bare = null!;
    private int _pageBytes;

    public enum Files
    {
        Written,
        Compacted,
        Encrypted,
    }

    [Params(Files.Written, Files.Compacted, Files.Encrypted)]
    public Files Log { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("wire-fetch-").FullName;
        FillLog();
        _reader = _log.OpenReader();
        // Never started: nothing is published, and the pages are read on the benchmark's thread.
        var engine = new WireEngine(_log, new WireEngineOptions(), TimeProvider.System, NullLogger<WireEngine>.Instance);
        _connection = engine.ConnectAsync("reader", Role.Agent, _outbox, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        foreach (var session in _sessions.Where((_, i) => i % 1000 == 0))
            Check(session);

        var before = _outbox.Bytes;
        for (var i = 0; i < 1000; i++)
            NewestMessages();
        _pageBytes = (int)(_outbox.Bytes - before) / 1000;
        _bare = File.OpenHandle(Path.Combine(_folder, "bare"), FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.Write(_bare, new byte[LogBytes], 0);
        Answer.MustBe(_pageBytes, BareRead(), "bytes of a page");
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _bare.Dispose();
        _reader.Dispose();
        _log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Baseline = true)]
    public int BareRead() => RandomAccess.Read(_bare, _destination.AsSpan(0, _pageBytes), _random.NextInt64(LogBytes - _pageBytes));

    /// <summary>Record by record back from the newest, each decrypted or decompressed where it has to be, and encoded.</summary>
    [Benchmark, Allocates(144, At = Files.Written)]
    public void NewestMessages() => Fetch(_sessions[_random.Next(_sessions.Count)]);

    private void Fetch(StoredDialogue session)
    {
        var page = new PageRead(_connection, session.Id, _fetch, isDamaged: false, session.Range);
        if (page.Run(_outbox, _reader) != PumpResult.Done)
            throw new InvalidOperationException("the page is not sent");
    }

    private void Check(StoredDialogue session)
    {
        _outbox.Copy = new ArrayBufferWriter<byte>();
        Fetch(session);
        var page = Frame.Parser.ParseDelimitedFrom(new MemoryStream(_outbox.Copy.WrittenSpan.ToArray())).Page;
        _outbox.Copy = null;
        var expected = session.Turns.TakeLast(Messages);
        Answer.MustBe(string.Join('\n', expected), string.Join('\n', page.Messages.Select(message => message.Payload.ToStringUtf8())), "messages of a page");
        Answer.MustBe(Encoding.UTF8.GetString(session.Id), page.SessionId, "session of a page");
    }

    private void FillLog()
    {
        var keyFile = Path.Combine(_folder, "wire.keys");
        File.WriteAllText(keyFile, $"1 {Convert.ToBase64String(new byte[32])}\n");
        var options = new StorageOptions
        {
            Path = Path.Combine(_folder, "wire"),
            SegmentBytes = LogBytes / 5,
            KeyFile = Log == Files.Encrypted ? keyFile : null,
            CompactAfter = Log == Files.Written ? null : TimeSpan.Zero,
        };
        _log = new FasterMessageLog(options, TimeProvider.System, NullLogger<FasterMessageLog>.Instance);
        _log.OpenAsync(() => _progress.Set(), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var sessions = StoredDialogue.Fill(_log, LogBytes, _progress);
        // The newest file stays as it is, so nothing is asked of it.
        _sessions = sessions.Take(sessions.Count * 3 / 4).ToArray();
        var segments = Path.Combine(options.Path, "segments");
        if (Log != Files.Written && !SpinWait.SpinUntil(() => Directory.GetFiles(segments, "*.seg").Length <= 1, CompactionTime))
            throw new InvalidOperationException($"the log's files are not compacted within {CompactionTime}");
    }
}
