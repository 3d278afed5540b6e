using Wire.Load.Engine;

namespace Wire.Load.Peers;

/// <summary>A connection that sends a peer's own requests, encoded once, all of one size, and gets its answers in their order.</summary>
internal abstract class PeerPublisher : LoadConnection
{
    private readonly int _depth;
    private readonly int _requestBytes;
    private readonly byte[] _requests;

    /// <summary>Encodes the requests.</summary>
    /// <param name="plan">The load that it is a part of.</param>
    /// <param name="index">0 to connections - 1.</param>
    /// <param name="encode">Makes a request of a payload; each must have the same size.</param>
    /// <param name="batchEnd">What follows the last request of each sending.</param>
    protected PeerPublisher(LoadPlan plan, int index, Func<byte[], byte[]> encode, ReadOnlySpan<byte> batchEnd = default)
        : base(plan.SessionsOf(index)[0], new SendWindow(plan.Depth))
    {
        _depth = plan.Depth;
        var payload = new byte[plan.PayloadBytes];
        var random = new Random(1);
        using var requests = new MemoryStream();
        for (var i = 0; i < plan.Depth; i++)
        {
            random.NextBytes(payload);
            requests.Write(encode(payload));
        }

        _requestBytes = (int)requests.Length / plan.Depth;
        requests.Write(batchEnd);
        _requests = requests.ToArray();
    }

    /// <summary>Called before requests are sent.</summary>
    /// <param name="requests">They, one after the other.</param>
    /// <param name="requestBytes">The size of each.</param>
    protected virtual void Prepare(Span<byte> requests, int requestBytes) { }

    /// <inheritdoc/>
    protected sealed override bool TryFillPublishes(long nanoseconds)
    {
        var count = Window.Fill(nanoseconds);
        if (count == 0)
            return false;
        // The last ones, because what ends the batch lies behind them.
        var start = (_depth - count) * _requestBytes;
        Prepare(_requests.AsSpan(start, count * _requestBytes), _requestBytes);
        SetUnsent(_requests, start, _requests.Length - start);
        return true;
    }

    /// <summary>Counts answers, which must be due.</summary>
    protected void TakeAnswers(long count)
    {
        if (count > Window.Unanswered)
            throw new LoadFailureException($"{ClientId}: the server answered {count} publishes where {Window.Unanswered} were unanswered.");
        Window.Answer(count);
    }
}
