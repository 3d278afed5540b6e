using System.Text;
using Wire.Load.Frames;

namespace Wire.Load.Engine;

/// <summary>What one publisher knows of one session that it publishes to.</summary>
internal sealed class PublishedSession(string id, bool isShared)
{
    private readonly byte[] _idBytes = Encoding.UTF8.GetBytes(id);

    /// <summary>The session_id.</summary>
    public string Id { get; } = id;

    /// <summary>The id of the oldest publish that may be unanswered.</summary>
    public ulong NextAnswer { get; private set; } = PublishFrames.FirstPublishId;

    /// <summary>The sequence of the newest publish that was answered.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>The sum of all sequences that Acks gave out, modulo 2^64.</summary>
    public ulong SequenceSum { get; private set; }

    /// <summary>How many publishes were answered.</summary>
    public ulong Answered => NextAnswer - PublishFrames.FirstPublishId;

    /// <summary>Whether this is the session's id.</summary>
    public bool Is(ReadOnlySpan<byte> id) => id.SequenceEqual(_idBytes);

    /// <summary>Takes an echo of the oldest publish.</summary>
    public void TakeEcho() => NextAnswer++;

    /// <summary>Takes an Ack and checks that it is the one that had to come next.</summary>
    /// <param name="ack">The Ack.</param>
    /// <param name="unanswered">How many publishes the connection has unanswered.</param>
    public void Take(in AckFields ack, long unanswered)
    {
        if (ack.Duplicate)
            throw Wrong(ack, "calls a publish that was sent once a duplicate");
        if (ack.Count == 0 || ack.Count > unanswered)
            throw Wrong(ack, $"answers {ack.Count} publishes where {unanswered} were unanswered");
        if (ack.PublishId != NextAnswer + ack.Count - 1)
            throw Wrong(ack, $"does not end with publish {NextAnswer + ack.Count - 1}");

        var first = ack.Sequence - ack.Count + 1;
        if (isShared ? first <= LastSequence || first > ack.Sequence : first != LastSequence + 1)
            throw Wrong(ack, $"begins at sequence {first} after {LastSequence}");

        SequenceSum += SumOf(first, ack.Sequence);
        LastSequence = ack.Sequence;
        NextAnswer += ack.Count;
    }

    /// <summary>The sum of all whole numbers from one to another, modulo 2^64.</summary>
    public static ulong SumOf(ulong first, ulong last) => (ulong)((UInt128)(first + last) * (last - first + 1) / 2);

    private LoadFailureException Wrong(in AckFields ack, string what) =>
        new($"The Ack of session {Id} with publish_id {ack.PublishId}, sequence {ack.Sequence}, count {ack.Count} {what}.");
}
