using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wire.Load.Measurement;

/// <summary>Writes a value as its text, and reads it from that.</summary>
/// <param name="parse">Reads the text; a <see cref="FormatException"/> where it is none.</param>
internal abstract class TextConverter<T>(Func<string, T> parse) : JsonConverter<T>
    where T : notnull
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return parse(reader.GetString()!);
        }
        catch (FormatException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>256x64.</summary>
internal sealed class ShapeConverter() : TextConverter<Shape>(Shape.Parse);

/// <summary>127.0.0.1:7400.</summary>
internal sealed class EndPointConverter() : TextConverter<IPEndPoint>(IPEndPoint.Parse);
