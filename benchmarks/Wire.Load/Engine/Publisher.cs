using System.Globalization;
using System.Text;
using Wire.Load.Frames;
using Wire.Load.Measurement;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>A connection that publishes, keeps its window full, and checks every answer.</summary>
internal sealed class Publisher : LoadConnection
{
    private readonly PublishFrames _frames;
    private readonly PublishedSession[] _sessions;
    private readonly BatchTimes _times;
    private readonly LoadPlan _plan;
    private int _echoSession;
    private long _answered;

    /// <summary>The publisher with a number.</summary>
    /// <param name="plan">The load that it is a part of.</param>
    /// <param name="index">0 to connections - 1.</param>
    public Publisher(LoadPlan plan, int index)
        : base($"{plan.Name}-{index}")
    {
        _plan = plan;
        var sessions = plan.SessionsOf(index);
        _frames = new PublishFrames(sessions, plan.Depth, plan.PayloadBytes, plan.Durability);
        _sessions = [.. sessions.Select(id => new PublishedSession(id, plan.Sessions < plan.Connections || plan.AwaitsReplies))];
        _times = new BatchTimes(plan.Depth);
        if (plan.Deliver)
            Subscriber = new Subscriber(this, sessions, plan.PayloadBytes, plan.AwaitsReplies);
    }

    /// <inheritdoc/>
    public override Publisher WindowOwner => this;

    /// <summary>The connection that follows this one's sessions, if the load has such.</summary>
    public Subscriber? Subscriber { get; }

    /// <summary>Publishes sent.</summary>
    public long SentCount { get; private set; }

    /// <summary>Publishes that are over: answered and, where someone follows, delivered.</summary>
    public long Completed { get; private set; }

    /// <summary>The sessions, for the check at the end.</summary>
    public IReadOnlyList<PublishedSession> Sessions => _sessions;

    /// <inheritdoc/>
    public override string? Missing =>
        SentCount == _answered ? null : $"{ClientId} has {SentCount - _answered} of {SentCount} publishes unanswered";

    /// <summary>Counts what has become complete since the last call.</summary>
    /// <param name="nanoseconds">Now.</param>
    /// <param name="histogram">Where its latencies go, or null.</param>
    /// <returns>How many.</returns>
    public long Complete(long nanoseconds, LatencyHistogram? histogram)
    {
        var complete = Subscriber is null ? _answered : Math.Min(_answered, Subscriber.Delivered);
        var fresh = complete - Completed;
        Completed = complete;
        _times.Answered(fresh, nanoseconds, histogram);
        return fresh;
    }

    /// <inheritdoc/>
    protected override bool TryFillPublishes(long nanoseconds)
    {
        var count = (int)(_plan.Depth - (SentCount - Completed));
        if (count == 0)
            return false;
        var start = _frames.Take(count);
        SetUnsent(_frames.Buffer, start, count * _frames.FrameBytes);
        _times.Sent(count, nanoseconds);
        SentCount += count;
        return true;
    }

    /// <inheritdoc/>
    protected override bool TryTake(ReadOnlySpan<byte> frame)
    {
        switch (frame[0])
        {
            case FrameTag.Ack when _plan.Answers == AnswerKind.Ack:
                TakeAck(AckFields.Parse(DelimitedFrame.Body(frame)));
                return true;
            case FrameTag.Publish when _plan.Answers == AnswerKind.Echo:
                TakeEcho(frame);
                return true;
            default:
                return false;
        }
    }

    /// <inheritdoc/>
    protected override bool TryTakeHandshake(Frame frame)
    {
        // The echo server's Welcome is the Hello.
        var welcome = _plan.Answers == AnswerKind.Echo ? Frame.BodyOneofCase.Hello : Frame.BodyOneofCase.Welcome;
        if (IsReady || frame.BodyCase != welcome)
            return false;
        IsReady = true;
        return true;
    }

    private void TakeAck(in AckFields ack)
    {
        if (_plan.Durability != Durability.Default && ack.Durability != _plan.Durability)
            throw new LoadFailureException($"{ClientId}: asked for {_plan.Durability}, the Ack says {ack.Durability}.");
        FindSession(ack.SessionId).Take(ack, SentCount - _answered);
        _answered += ack.Count;
    }

    private void TakeEcho(ReadOnlySpan<byte> frame)
    {
        var session = _sessions[_echoSession];
        if (_answered == SentCount || !_frames.IsEcho(frame, session.NextAnswer))
        {
            throw new LoadFailureException(
                $"{ClientId}: what came back is not publish {session.NextAnswer} of session {session.Id}.");
        }

        session.TakeEcho();
        _answered++;
        if (++_echoSession == _sessions.Length)
            _echoSession = 0;
    }

    // Ids end with the session's number, and session n belongs to connection n mod connections.
    private PublishedSession FindSession(ReadOnlySpan<byte> id)
    {
        var place = 0;
        if (_sessions.Length > 1)
        {
            var digits = id[(id.LastIndexOf((byte)'-') + 1)..];
            place = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number / _plan.Connections
                : -1;
        }

        if ((uint)place >= (uint)_sessions.Length || !_sessions[place].Is(id))
        {
            throw new LoadFailureException(
                $"{ClientId}: an Ack came for session '{Encoding.UTF8.GetString(id)}', to which nothing was published.");
        }

        return _sessions[place];
    }
}
