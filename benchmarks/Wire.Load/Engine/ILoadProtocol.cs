namespace Wire.Load.Engine;

/// <summary>What a server is spoken to in: what is sent, what an answer looks like, and what must be true in the end.</summary>
internal interface ILoadProtocol
{
    /// <summary>Makes the publisher with a number, 0 to connections - 1; it is not connected.</summary>
    LoadConnection CreatePublisher(LoadPlan plan, int index);

    /// <summary>Checks, when all connections have ended in good order, what no one of them can see.</summary>
    /// <exception cref="LoadFailureException">It is not so.</exception>
    void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers);

    /// <summary>What publishers of one process were answered of sessions that those of others publish to as well.</summary>
    IReadOnlyList<SessionAnswers> SharedAnswers(IReadOnlyList<LoadConnection> publishers) => [];

    /// <summary>Checks what those of all processes were answered, together.</summary>
    /// <exception cref="LoadFailureException">Something is missing, or there twice.</exception>
    void CheckShared(IEnumerable<SessionAnswers> answers) { }
}
