using System.Text;
using Wire.Load.Frames;

namespace Wire.Load.Engine;

/// <summary>What one publisher knows of the sessions that it publishes to in turns.</summary>
/// <remarks>
/// Of a session that nobody else publishes to 8 bytes are kept: its sequences are 1, 2, 3, … without hole or double, so the number
/// of its answers says all. How often it was published to follows from the turns.
/// </remarks>
internal sealed class PublishedSessions
{
    private readonly string _clientId;
    private readonly SessionNames _names;
    private readonly ulong[] _answered;

    // Where others take sequences of the sessions too; else empty.
    private readonly ulong[] _lastSequences;
    private readonly ulong[] _sequenceSums;
    private ulong _echoes;

    /// <summary>Nothing was answered yet.</summary>
    /// <param name="clientId">Whose sessions they are, for errors.</param>
    /// <param name="names">Their ids.</param>
    /// <param name="areShared">Whether others take sequences of them too: other publishers, or a handler that replies.</param>
    public PublishedSessions(string clientId, SessionNames names, bool areShared)
    {
        _clientId = clientId;
        _names = names;
        _answered = new ulong[names.Count];
        _lastSequences = new ulong[areShared ? names.Count : 0];
        _sequenceSums = new ulong[areShared ? names.Count : 0];
    }

    private bool AreShared => _lastSequences.Length > 0;

    /// <summary>The publish_id whose echo is due next.</summary>
    public ulong NextEcho => PublishFrames.FirstPublishId + (_echoes / (ulong)_names.Count);

    /// <summary>The session that it was published to.</summary>
    public string NextEchoId => _names[(int)(_echoes % (ulong)_names.Count)];

    /// <summary>Takes an echo of the oldest publish: they come in the order of the turns.</summary>
    public void TakeEcho() => _echoes++;

    /// <summary>Takes an Ack and checks that it is the one that had to come next in its session.</summary>
    /// <param name="ack">The Ack.</param>
    /// <param name="sent">Publishes of all its sessions so far, in turns.</param>
    public void Take(in AckFields ack, long sent)
    {
        var place = _names.Find(ack.SessionId);
        if (place < 0)
            throw new LoadFailureException($"{_clientId}: an Ack came for session '{Encoding.UTF8.GetString(ack.SessionId)}', to which nothing was published.");
        if (ack.Duplicate)
            throw Wrong(ack, place, "calls a publish that was sent once a duplicate");
        ref var answered = ref _answered[place];
        var unanswered = Published(place, sent) - answered;
        if (ack.Count == 0 || ack.Count > unanswered)
            throw Wrong(ack, place, $"answers {ack.Count} publishes where {unanswered} were unanswered");
        var last = PublishFrames.FirstPublishId + answered + ack.Count - 1;
        if (ack.PublishId != last)
            throw Wrong(ack, place, $"does not end with publish {last}");

        var first = ack.Sequence - ack.Count + 1;
        var lastSequence = AreShared ? _lastSequences[place] : answered;
        if (AreShared ? first <= lastSequence || first > ack.Sequence : first != lastSequence + 1)
            throw Wrong(ack, place, $"begins at sequence {first} after {lastSequence}");

        if (AreShared)
        {
            _sequenceSums[place] += SumOf(first, ack.Sequence);
            _lastSequences[place] = ack.Sequence;
        }

        answered += ack.Count;
    }

    /// <summary>Checks, when all is over, that each session has as many answers as it had publishes.</summary>
    /// <param name="sent">Publishes of all its sessions, in turns.</param>
    /// <exception cref="LoadFailureException">One has more, and another fewer.</exception>
    public void CheckAnswered(long sent)
    {
        for (var place = 0; place < _answered.Length; place++)
        {
            var published = Published(place, sent);
            if (_answered[place] != published)
                throw new LoadFailureException($"{_clientId}: {_answered[place]} publishes to session {_names[place]} were answered, of {published}.");
        }
    }

    /// <summary>What was answered of a session that others take sequences of too.</summary>
    /// <param name="place">Which of the publisher's sessions.</param>
    public SessionAnswers AnswersOf(int place) => new(_names[place], _answered[place], _lastSequences[place], _sequenceSums[place]);

    /// <summary>The sum of all whole numbers from one to another, modulo 2^64.</summary>
    public static ulong SumOf(ulong first, ulong last) => (ulong)((UInt128)(first + last) * (last - first + 1) / 2);

    private ulong Published(int place, long sent)
    {
        if (_answered.Length == 1)
            return (ulong)sent;
        var (each, more) = Math.DivRem((ulong)sent, (ulong)_answered.Length);
        return each + ((ulong)place < more ? 1UL : 0);
    }

    private LoadFailureException Wrong(in AckFields ack, int place, string what) =>
        new($"The Ack of session {_names[place]} with publish_id {ack.PublishId}, sequence {ack.Sequence}, count {ack.Count} {what}.");
}
