using System.Globalization;
using Wire.Client;

namespace Wire.Cli.Sessions;

/// <summary>A piece of a reply in the making as a JSON object; only these have <c>replyId</c>.</summary>
internal sealed record ReplyJson
{
    /// <summary>A string: it has more digits than a number of JavaScript keeps.</summary>
    public required string ReplyId { get; init; }

    public required ulong InReplyTo { get; init; }

    public required uint Index { get; init; }

    /// <summary>What to add, or with <c>isSnapshot</c> all of it.</summary>
    public required string Text { get; init; }

    public required bool IsSnapshot { get; init; }

    public required bool IsDone { get; init; }

    public required string Finish { get; init; }

    public required ulong Sequence { get; init; }

    public static string Of(ReplyUpdate update) => JsonLine.Of(new ReplyJson
    {
        ReplyId = update.ReplyId.ToString(CultureInfo.InvariantCulture),
        InReplyTo = update.InReplyTo,
        Index = update.Index,
        Text = update.Text,
        IsSnapshot = update.IsSnapshot,
        IsDone = update.IsDone,
        Finish = update.Finish.ToString(),
        Sequence = update.Sequence,
    });
}
