using System.Buffers.Text;
using System.Text;
using Wire.Load.Engine;

namespace Wire.Load.Peers.Redis;

/// <summary>Adds entries to a stream of its own with XADD, and checks that each gets an id above the last one.</summary>
internal sealed class RedisPublisher(LoadPlan plan, int index) : PeerPublisher(plan, index, payload => Encode(plan.SessionsOf(index)[0], payload))
{
    private (ulong Milliseconds, ulong Number) _last;

    /// <inheritdoc/>
    public override void Open() => Queue(RedisCommand.Encode("PING"));

    /// <inheritdoc/>
    protected override int TakeWhole(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        while (RespReply.TryRead(bytes, ref position, out var kind, out var text))
        {
            if (IsReady && kind == '$')
                TakeId(text);
            else if (!IsReady && kind == '+' && text.SequenceEqual("PONG"u8))
                IsReady = true;
            else
                throw new LoadFailureException($"{ClientId}: the server said '{kind}{Encoding.UTF8.GetString(text)}'.");
        }

        return position;
    }

    private static byte[] Encode(string stream, byte[] payload) =>
        RedisCommand.Encode("XADD"u8.ToArray(), Encoding.UTF8.GetBytes(stream), "*"u8.ToArray(), "p"u8.ToArray(), payload);

    // milliseconds-number
    private void TakeId(ReadOnlySpan<byte> text)
    {
        if (!Utf8Parser.TryParse(text, out ulong milliseconds, out var dash)
            || dash == text.Length
            || text[dash] != '-'
            || !Utf8Parser.TryParse(text[(dash + 1)..], out ulong number, out var end)
            || dash + 1 + end != text.Length
            || (milliseconds, number).CompareTo(_last) <= 0)
        {
            throw new LoadFailureException($"{ClientId}: an entry got the id '{Encoding.UTF8.GetString(text)}' after {_last}.");
        }

        _last = (milliseconds, number);
        TakeAnswers(1);
    }
}
