using System.Text.Encodings.Web;
using System.Text.Json;

namespace Wire.Conformance;

/// <summary>How this assembly reads and writes JSON.</summary>
internal static class ConformanceJson
{
    /// <summary>Transcripts may hold comments and trailing commas.</summary>
    internal static readonly JsonDocumentOptions Lenient =
        new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>For messages that a human reads.</summary>
    internal static readonly JsonSerializerOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
