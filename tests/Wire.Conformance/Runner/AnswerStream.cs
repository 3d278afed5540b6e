using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>
/// Names the streams of answers within which the protocol promises an order: the answers to the publishes of one session,
/// a subscription's Subscribed and Messages, the Page of one request, and so on. Between streams there is none.
/// </summary>
internal static class AnswerStream
{
    /// <summary>The body's name in the oneof, as JSON writes it.</summary>
    internal static string BodyOf(Frame frame) =>
        frame.BodyCase == Frame.BodyOneofCase.None ? "" : Frame.Descriptor.FindFieldByNumber((int)frame.BodyCase).Name;

    /// <summary>The stream that a received frame belongs to.</summary>
    internal static string Of(Frame frame) => frame.BodyCase switch
    {
        Frame.BodyOneofCase.Ack => Answers(frame.Ack.SessionId),
        Frame.BodyOneofCase.Subscribed => Follow(frame.Subscribed.SessionId),
        Frame.BodyOneofCase.Message => Follow(frame.Message.SessionId),
        Frame.BodyOneofCase.Signal => $"signal/{frame.Signal.SessionId}",
        Frame.BodyOneofCase.Chunk => $"chunk/{frame.Chunk.SessionId}",
        Frame.BodyOneofCase.Page => $"fetch/{frame.Page.RequestId}",
        Frame.BodyOneofCase.Error => Of(frame.Error),
        Frame.BodyOneofCase.Ping => "ping",
        Frame.BodyOneofCase.Pong => "pong",
        _ => "connection",
    };

    /// <summary>The answers to the publishes of one session.</summary>
    internal static string Answers(string session) => $"answers/{session}";

    /// <summary>What a subscription to one session brings.</summary>
    internal static string Follow(string session) => $"follow/{session}";

    /// <summary>
    /// The stream of a pattern: it gives the fields that the pattern names, "" for those at their default, and null for
    /// those that it leaves open. Null where the stream is left open with them.
    /// </summary>
    internal static string? Of(string body, Func<string, string?> field)
    {
        var session = field("session_id");
        return body switch
        {
            "ack" => session is null ? null : Answers(session),
            "subscribed" or "message" => session is null ? null : Follow(session),
            "signal" or "chunk" => session is null ? null : $"{body}/{session}",
            "page" => field("request_id") is { } request ? $"fetch/{request}" : null,
            "error" => ErrorStream(field("fatal") == "true", field("request_id"), session, field("publish_id")),
            "ping" or "pong" => body,
            _ => "connection",
        };
    }

    private static string Of(Error error) => ErrorStream(
        error.Fatal, error.RequestId.ToString(), error.SessionId, error.PublishId.ToString())!;

    private static string? ErrorStream(bool fatal, string? request, string? session, string? publish) =>
        fatal ? "connection"
        : request is not (null or "" or "0") ? $"fetch/{request}"
        : session is { Length: > 0 } ? Answers(session)
        : publish is not (null or "" or "0") ? $"publish/{publish}"
        : request is null || session is null || publish is null ? null
        : "connection";
}
