using Wire.Load.Frames;
using Wire.Protocol;

namespace Wire.Load.Engine;

/// <summary>A connection that publishes, keeps its window full, and checks every answer.</summary>
internal sealed class Publisher : WireConnection
{
    private readonly PublishFrames _frames;
    private readonly PublishedSessions _sessions;
    private readonly LoadPlan _plan;
    private readonly AnswerKind _answers;

    /// <summary>The publisher with a number.</summary>
    /// <param name="plan">The load that it is a part of.</param>
    /// <param name="index">0 to connections - 1.</param>
    /// <param name="answers">What the server answers with.</param>
    public Publisher(LoadPlan plan, int index, AnswerKind answers)
        : base($"{plan.Name}-{index}", new SendWindow(plan.Depth, plan.Followers, plan.ScheduleOf(index)))
    {
        _plan = plan;
        _answers = answers;
        var sessions = plan.SessionsOf(index);
        _frames = new PublishFrames(sessions, plan.Depth, plan.PayloadBytes, plan.Durability);
        _sessions = new PublishedSessions(ClientId, sessions, plan.SharesSessions || plan.AwaitsReplies);
        Subscribers = [.. Enumerable.Range(0, plan.Followers).Select(i => new Subscriber(this, i, sessions, plan.PayloadBytes, plan.AwaitsReplies))];
    }

    /// <summary>The connections that follow this one's sessions.</summary>
    public IReadOnlyList<Subscriber> Subscribers { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<LoadConnection> Followers => Subscribers;

    /// <summary>What is known of its sessions, for the check at the end.</summary>
    public PublishedSessions Sessions => _sessions;

    /// <inheritdoc/>
    protected override bool TryFillPublishes(long nanoseconds)
    {
        var count = Window.Fill(nanoseconds);
        if (count == 0)
            return false;
        var start = _frames.Take(count);
        SetUnsent(_frames.Buffer, start, count * _frames.FrameBytes);
        return true;
    }

    /// <inheritdoc/>
    protected override bool TryTake(ReadOnlySpan<byte> frame)
    {
        switch (frame[0])
        {
            case FrameTag.Ack when _answers == AnswerKind.Ack:
                TakeAck(AckFields.Parse(DelimitedFrame.Body(frame)));
                return true;
            case FrameTag.Publish when _answers == AnswerKind.Echo:
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
        var welcome = _answers == AnswerKind.Echo ? Frame.BodyOneofCase.Hello : Frame.BodyOneofCase.Welcome;
        if (IsReady || frame.BodyCase != welcome)
            return false;
        IsReady = true;
        return true;
    }

    private void TakeAck(in AckFields ack)
    {
        if (_plan.Durability != Durability.Default && ack.Durability != _plan.Durability)
            throw new LoadFailureException($"{ClientId}: asked for {_plan.Durability}, the Ack says {ack.Durability}.");
        _sessions.Take(ack, Window.Sent);
        Window.Answer(ack.Count);
    }

    private void TakeEcho(ReadOnlySpan<byte> frame)
    {
        if (Window.Unanswered == 0 || !_frames.IsEcho(frame, _sessions.NextEcho))
        {
            throw new LoadFailureException(
                $"{ClientId}: what came back is not publish {_sessions.NextEcho} of session {_sessions.NextEchoId}.");
        }

        _sessions.TakeEcho();
        Window.Answer(1);
    }
}
