namespace Wire.Log;

/// <summary>
/// An append-only log of records with continuous addresses: the storage under the sessions. Two exist, in memory and on
/// FASTER; both pass the same conformance suite.
/// <para>
/// An address is the place where a record begins, above 0 and rising in the order of appends. A record is on stable storage
/// once <see cref="DurableAddress"/> has reached the end that its append returned.
/// </para>
/// </summary>
public interface IMessageLog : IAsyncDisposable
{
    /// <summary>Whether the log can promise <c>DURABILITY_DISK</c>. Where it cannot, such publishes are refused.</summary>
    bool CanPromiseDisk { get; }

    /// <summary>The largest record that <see cref="Append"/> takes, in bytes.</summary>
    int MaxRecordBytes { get; }

    /// <summary>Recovers what is stored and opens the log for appends. Called once, before anything else.</summary>
    /// <param name="onProgress">
    /// Called from any thread, and never blocking it, when <see cref="DurableAddress"/> or <see cref="IndexedAddress"/> moved, when
    /// a busy log may have room again, and when <see cref="Health"/> changed.
    /// </param>
    /// <param name="cancellationToken">Ends the recovery; the log is then disposed of.</param>
    /// <exception cref="LogException">The stored data cannot be opened; the message says what is wrong, where, and what to do.</exception>
    ValueTask OpenAsync(Action onProgress, CancellationToken cancellationToken);

    /// <summary>
    /// Addresses of records, one a session, of sessions in which a handler may have left something unanswered, as far as the
    /// recovery has seen; more than those do no harm. Asked once, after the opening. Default: none, so that after a crash a
    /// session gets its answer when its visitor speaks again.
    /// </summary>
    IReadOnlyCollection<long> TakeUnanswered() => [];

    /// <summary>The highest message id in the log, packed and without the node's number; 0 where there is none. Valid after the opening.</summary>
    long LastMessageId { get; }

    /// <summary>
    /// Appends a record whose session part is written (<c>RecordHeader</c>), fills in the fields that depend on its place, and
    /// never waits for I/O. Safe to call from several threads, which it puts in an order.
    /// </summary>
    AppendStatus Append(Span<byte> record, out long address, out long end);

    /// <summary>Starts bringing what was appended to stable storage, unless that is under way already. Never waits. Any thread.</summary>
    void Flush();

    /// <summary>All records that end at or below this address are on stable storage; in memory: the end of the newest record. Never falls. Any thread.</summary>
    long DurableAddress { get; }

    /// <summary>The lowest address that is still retained; at most 64 while nothing was retired. Never falls. Any thread.</summary>
    long BeginAddress { get; }

    /// <summary>Whether the log takes appends. Any thread.</summary>
    LogHealth Health { get; }

    /// <summary>Whether a read has met stored data that is damaged or cannot be read, since the opening. Default: false. Any thread.</summary>
    bool HasDamage => false;

    /// <summary>A reader, to be disposed of soon: it keeps the files that it has read from being retired. Any thread.</summary>
    ILogReader OpenReader();

    /// <summary>
    /// Records that begin below this address are in the log's index of sessions: a session whose newest record does may leave
    /// memory, and <see cref="TryFind"/> finds it again. It follows <see cref="DurableAddress"/> by itself, and never falls.
    /// Any thread.
    /// </summary>
    long IndexedAddress { get; }

    /// <summary>
    /// The address of a session's newest record below <see cref="IndexedAddress"/>. The address is a candidate: the caller
    /// compares the id in the record. <paramref name="attempt"/> 0, 1, 2 … walks the candidates (several only where hashes
    /// collide, or where all of a session was retired). Any thread; never waits for I/O.
    /// </summary>
    bool TryFind(ReadOnlySpan<byte> sessionId, int attempt, out long address);

    /// <summary>
    /// Gives the log who can make it ready to let go of its oldest records; without one nothing is retired. Called once, after
    /// the opening. Default: the log retires nothing.
    /// </summary>
    void RetireWith(ISessionOwner owner)
    {
    }

    /// <summary>
    /// Takes a session out of the index whose newest record is the one at <paramref name="address"/>; false where it has gone on
    /// since. Called by a session's owner who has been told that it may (<see cref="RetiringSession"/>). Any thread.
    /// </summary>
    bool Forget(ReadOnlySpan<byte> sessionId, long address) => false;
}
