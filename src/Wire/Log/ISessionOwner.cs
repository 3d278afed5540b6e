namespace Wire.Log;

/// <summary>What a log asks of those who write sessions to it, so that it can let go of its oldest records. Thread-safe.</summary>
public interface ISessionOwner
{
    /// <summary>
    /// Gives each session a checkpoint at <paramref name="behind"/> or above, unless it has one there: what lies below is
    /// about to go, and with the checkpoint the session is whole without it.
    /// </summary>
    /// <param name="sessions">The sessions, at most some thousand.</param>
    /// <param name="behind">An address of the log.</param>
    /// <param name="cancellationToken">Ends the wait; what is under way goes on.</param>
    /// <returns>
    /// The address that must be on stable storage for all of that to hold, 0 where nothing was appended; null where a session
    /// could not be given one (its data is damaged, or the log takes nothing): what lies below has to stay.
    /// </returns>
    Task<long?> CheckpointAsync(IReadOnlyList<RetiringSession> sessions, long behind, CancellationToken cancellationToken);

    /// <summary>Tells that messages are gone; complete when it is known everywhere.</summary>
    Task OnRetiredAsync(IReadOnlyList<RetiredSession> sessions, CancellationToken cancellationToken);
}

/// <summary>A session of which records are about to go.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="ForgettableAt">
/// Above 0: the session may be forgotten altogether (<see cref="IMessageLog.Forget"/>) while nobody has to do with it and its
/// newest record is the one at this address.
/// </param>
/// <param name="BeganAgain">
/// Whether the session had been forgotten before and has begun again since, so that what is at that address is forgotten whatever
/// the session does, and it needs no checkpoint for it.
/// </param>
public readonly record struct RetiringSession(byte[] Id, long ForgettableAt, bool BeganAgain = false);

/// <summary>A session of which messages are gone.</summary>
/// <param name="Id">The session's id.</param>
/// <param name="FirstSequence">The oldest message that may still be there; one above the session's head where there is none.</param>
public readonly record struct RetiredSession(byte[] Id, ulong FirstSequence);
