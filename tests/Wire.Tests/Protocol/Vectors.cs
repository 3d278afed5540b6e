using System.Text.Json;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Tests.Protocol;

/// <summary>The protocol's vectors (src/Wire/Protocol/vectors.json).</summary>
internal static class Vectors
{
    private static readonly JsonDocument Document = Load();

    /// <summary>Delimited frames as a stock library writes them.</summary>
    public static IReadOnlyList<Vector> Frames { get; } = Accepted("frames");

    /// <summary>Unusual bytes that a server accepts.</summary>
    public static IReadOnlyList<Vector> Unusual { get; } = Accepted("unusual");

    /// <summary>Bytes that a server refuses.</summary>
    public static IReadOnlyList<RefusedVector> Refused { get; } =
    [
        .. Document.RootElement.GetProperty("refused").EnumerateArray().Select(vector => new RefusedVector(
            vector.GetProperty("name").GetString()!,
            Convert.FromHexString(vector.GetProperty("hex").GetString()!),
            Code(vector.GetProperty("error").GetString()!),
            vector.GetProperty("fatal").GetBoolean())),
    ];

    private static Vector[] Accepted(string section) =>
    [
        .. Document.RootElement.GetProperty(section).EnumerateArray().Select(vector => new Vector(
            vector.GetProperty("name").GetString()!,
            Convert.FromHexString(vector.GetProperty("hex").GetString()!),
            JsonParser.Default.Parse<Frame>(vector.GetProperty("frame").GetRawText()))),
    ];

    private static ErrorCode Code(string name)
        => Enum.Parse<ErrorCode>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static JsonDocument Load()
    {
        using var stream = typeof(Vectors).Assembly.GetManifestResourceStream("vectors.json")!;
        return JsonDocument.Parse(stream);
    }

    internal sealed record Vector(string Name, byte[] Bytes, Frame Frame)
    {
        public override string ToString() => Name;
    }

    internal sealed record RefusedVector(string Name, byte[] Bytes, ErrorCode Error, bool Fatal)
    {
        public override string ToString() => Name;
    }
}
