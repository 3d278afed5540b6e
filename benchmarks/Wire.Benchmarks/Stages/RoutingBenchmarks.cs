using System.Buffers.Binary;
using System.Text;
using BenchmarkDotNet.Attributes;
using Wire.Benchmarks.Gate;
using Wire.Benchmarks.Surroundings;
using Wire.Sessions;

namespace Wire.Benchmarks.Stages;

/// <summary>
/// From a session's id to its worker, and there to the session, for ids at random. The baseline is a dictionary with a number for
/// a key.
/// </summary>
[MemoryDiagnoser]
public class RoutingBenchmarks
{
    private const int Lookups = 256;
    private const int Picks = 1 << 16;
    private const int IdBytes = 16;

    private readonly int[] _picks = new int[Picks];
    private byte[] _ids = [];
    private Dictionary<ulong, Session> _bare = [];
    private SessionTable _table = null!;
    private WireEngine _engine = null!;
    private int _at;

    [Params(1, 1000, 1_000_000)]
    public int Sessions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _engine = ConnectedEngine.Start(new DiscardingLog(), workers: 4).Engine;
        _table = new SessionTable(Sessions);
        _bare = new Dictionary<ulong, Session>(Sessions);
        _ids = new byte[Sessions * IdBytes];
        for (var i = 0; i < Sessions; i++)
        {
            var id = Encoding.UTF8.GetBytes(PublishFrames.SessionId(i));
            var session = new Session(id, 1) { Head = (ulong)i };
            id.CopyTo(_ids.AsSpan(i * IdBytes));
            _table.Add(session);
            _bare.Add(Number(id), session);
        }
        var random = new Random(1);
        foreach (ref var pick in _picks.AsSpan())
            pick = random.Next(Sessions);
        var expected = _picks[..Lookups].Aggregate(0UL, (sum, pick) => sum + (ulong)pick);
        Answer.MustBe(expected, At(0, BareDictionary), "sessions of the bare dictionary");
        Answer.MustBe(expected, At(0, FindSession), "sessions of the table");
        var perWorker = new int[4];
        for (var i = 0; i < Sessions; i++)
            perWorker[_engine.WorkerOf(Id(i))]++;
        Answer.MustBe(true, Sessions == 1 || perWorker.Max() < Sessions / 3, "whether the workers share evenly");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Lookups)]
    public ulong BareDictionary()
    {
        var sum = 0UL;
        foreach (var pick in NextPicks())
            sum += _bare[Number(Id(pick))].Head;
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups), Allocates(0)]
    public int FindWorker()
    {
        var sum = 0;
        foreach (var pick in NextPicks())
            sum += _engine.WorkerOf(Id(pick));
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Lookups), Allocates(0)]
    public ulong FindSession()
    {
        var sum = 0UL;
        foreach (var pick in NextPicks())
        {
            _table.TryGet(Id(pick), out var session);
            sum += session.Head;
        }
        return sum;
    }

    private ulong At(int at, Func<ulong> lookups)
    {
        _at = at;
        return lookups();
    }

    private ReadOnlySpan<int> NextPicks()
    {
        var picks = _picks.AsSpan(_at, Lookups);
        _at = (_at + Lookups) % Picks;
        return picks;
    }

    private ReadOnlySpan<byte> Id(int session) => _ids.AsSpan(session * IdBytes, IdBytes);

    // The eight digits.
    private static ulong Number(ReadOnlySpan<byte> id) => BinaryPrimitives.ReadUInt64LittleEndian(id[8..]);
}
