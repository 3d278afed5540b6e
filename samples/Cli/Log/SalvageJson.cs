using Wire.Storage.Inspection;

namespace Wire.Cli.Log;

/// <summary>What was salvaged.</summary>
/// <param name="Complete">Whether everything was copied.</param>
/// <param name="Source">The damaged folder.</param>
/// <param name="Result">The new one.</param>
/// <param name="Broken">Sessions of which something was lost or not copied.</param>
internal sealed record SalvageJson(bool Complete, VerifyJson Source, VerifyJson Result, IReadOnlyList<SalvageJson.SessionJson> Broken)
{
    public static SalvageJson Of(SalvageReport report)
        => new(report.IsComplete, VerifyJson.Of(report.Source), VerifyJson.Of(report.Result), [.. report.Broken.Select(SessionJson.Of)]);

    internal sealed record SessionJson
    {
        public required string SessionId { get; init; }

        /// <summary>In the new log; none where all of the session is gone.</summary>
        public ulong? KeptFirst { get; init; }
        public required ulong KeptLast { get; init; }

        /// <summary>Whether a checkpoint behind the damage carries the session on.</summary>
        public required bool CarriedOn { get; init; }

        /// <summary>Messages that are whole and were not copied, and their sequences.</summary>
        public required long NotCopied { get; init; }
        public ulong? NotCopiedFirst { get; init; }
        public ulong? NotCopiedLast { get; init; }

        public static SessionJson Of(SalvagedSession session) => new()
        {
            SessionId = session.SessionId,
            KeptFirst = session.KeptFirst > session.KeptLast ? null : session.KeptFirst,
            KeptLast = session.KeptLast,
            CarriedOn = session.IsCarriedOn,
            NotCopied = session.NotCopied,
            NotCopiedFirst = session.NotCopied == 0 ? null : session.NotCopiedFirst,
            NotCopiedLast = session.NotCopied == 0 ? null : session.NotCopiedLast,
        };
    }
}
