namespace Wire.Handlers;

/// <summary>How turns are run. Read once, at the start.</summary>
public sealed class HandlerOptions
{
    /// <summary>
    /// The handler's name as a sender: <c>$</c> and 1 to 127 bytes of UTF-8 without control characters. What it has answered
    /// is known by it, so another name answers anew what comes after it was first used. Not <c>$process</c>, which publishes in
    /// process. Default: <c>$handler</c>.
    /// </summary>
    public string ClientId { get; set; } = "$handler";

    /// <summary>Turns at once, those whose reply is not stored yet among them. 1 to 1,000,000. Default: 1,000.</summary>
    public int MaxTurns { get; set; } = 1000;

    /// <summary>
    /// Sessions that may wait for a turn. Beyond it visitors are read no further until there are fewer, so TCP holds them back.
    /// 1 to 10,000,000. Default: 100,000.
    /// </summary>
    public int MaxWaiting { get; set; } = 100_000;

    /// <summary>
    /// How long a turn may take. Then what had been streamed is stored with <see cref="Protocol.Finish.Failed"/> and the turn is
    /// cancelled. Above zero, at most a day. Default: 2 minutes.
    /// </summary>
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long a turn that was cancelled may go on before the session's next one begins without waiting for it, which is
    /// logged as an error. Above zero, at most a day. Default: 5 s.
    /// </summary>
    public TimeSpan CancellationGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>All that is out of its range, one sentence each.</summary>
    internal IEnumerable<string> Faults()
    {
        Span<byte> utf8 = stackalloc byte[Protocol.ProtocolLimits.MaxIdBytes];
        var faults = new List<string>();
        if (ClientId is null || !ClientId.StartsWith('$') || ClientId.Length < 2 || !Client.IdBytes.TryEncode(ClientId, utf8, out _))
            faults.Add($"{nameof(ClientId)} is $ and 1 to 127 bytes of UTF-8 without control characters");
        if (ClientId == InProcess.SessionPublishOptions.DefaultSender)
            faults.Add($"{nameof(ClientId)} is not {InProcess.SessionPublishOptions.DefaultSender}, the name of what is published in process");
        if (MaxTurns is < 1 or > 1_000_000)
            faults.Add($"{nameof(MaxTurns)} is 1 to 1,000,000");
        if (MaxWaiting is < 1 or > 10_000_000)
            faults.Add($"{nameof(MaxWaiting)} is 1 to 10,000,000");
        if (TurnTimeout <= TimeSpan.Zero || TurnTimeout > TimeSpan.FromDays(1))
            faults.Add($"{nameof(TurnTimeout)} is above zero and at most a day");
        if (CancellationGrace <= TimeSpan.Zero || CancellationGrace > TimeSpan.FromDays(1))
            faults.Add($"{nameof(CancellationGrace)} is above zero and at most a day");
        return faults;
    }
}
