namespace Wire.Load.Engine;

/// <summary>Wire's own, which the reference server F is spoken to in as well.</summary>
internal sealed class WireProtocol : ILoadProtocol
{
    /// <summary>With a server that sends each frame back: F.</summary>
    public static readonly WireProtocol Echo = new(AnswerKind.Echo);

    /// <summary>With one that acknowledges: Wire.</summary>
    public static readonly WireProtocol Ack = new(AnswerKind.Ack);

    private WireProtocol(AnswerKind answers) => Answers = answers;

    /// <summary>What publishes are answered with.</summary>
    public AnswerKind Answers { get; }

    /// <inheritdoc/>
    public LoadConnection CreatePublisher(LoadPlan plan, int index) => new Publisher(plan, index, Answers);

    /// <inheritdoc/>
    public void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers)
    {
        if (Answers == AnswerKind.Echo)
            return;
        foreach (var publisher in publishers.Cast<Publisher>())
            publisher.Sessions.CheckAnswered(publisher.Window.Sent);

        // Where no session is shared, each Ack has been seen to go on where the one before ended. Where one is, other processes may
        // have their part of it.
        if (plan.SharesSessions && plan.OwnConnections is null)
            CheckShared(SharedAnswers(publishers));
    }

    /// <inheritdoc/>
    public IReadOnlyList<SessionAnswers> SharedAnswers(IReadOnlyList<LoadConnection> publishers) =>
        Answers == AnswerKind.Echo ? [] : [.. publishers.Cast<Publisher>().Select(p => p.Sessions.AnswersOf(0))];

    /// <inheritdoc/>
    public void CheckShared(IEnumerable<SessionAnswers> answers) => CheckSequences(answers);

    /// <summary>Checks that the sequences given out for each session are 1 to the number of its publishes.</summary>
    /// <remarks>
    /// Several connections publish to a session, so each saw only a part of its sequences. Where all of them together
    /// have the right number, the right highest and the right sum, a hole would have to be paid for by a double elsewhere
    /// of just the same sum; each connection's own have been seen to rise.
    /// </remarks>
    internal static void CheckSequences(IEnumerable<SessionAnswers> answers)
    {
        foreach (var session in answers.GroupBy(s => s.Id))
        {
            var count = session.Aggregate(0UL, (sum, s) => sum + s.Answered);
            var highest = session.Max(s => s.LastSequence);
            var sum = session.Aggregate(0UL, (total, s) => total + s.SequenceSum);
            if (highest != count || (count > 0 && sum != PublishedSessions.SumOf(1, count)))
            {
                throw new LoadFailureException(
                    $"Session {session.Key}: {count} publishes were answered, "
                    + $"but their sequences are not 1 to {count} (highest {highest}).");
            }
        }
    }
}
