using System.Text.Json.Nodes;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Conformance.Runner;

/// <summary>Frames from protobuf's JSON mapping.</summary>
internal static class FrameJson
{
    /// <summary>The frame that the JSON describes.</summary>
    /// <exception cref="TranscriptFormatException">It describes none.</exception>
    internal static Frame Parse(JsonNode json)
    {
        try
        {
            return JsonParser.Default.Parse<Frame>(json.ToJsonString());
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or InvalidJsonException)
        {
            throw new TranscriptFormatException($"{json.ToJsonString()} is not a frame: {fault.Message}", fault);
        }
    }

    /// <summary>
    /// Fills the frame's payload (of a Hello: its user_agent) until its encoding, without the length before it, has
    /// exactly <paramref name="bytes"/>.
    /// </summary>
    internal static void Pad(Frame frame, int bytes)
    {
        var fill = bytes - frame.CalculateSize();
        for (var tries = 0; tries < 8; tries++)
        {
            switch (frame.BodyCase)
            {
                case Frame.BodyOneofCase.Publish:
                    frame.Publish.Payload = ByteString.CopyFrom(new byte[fill]);
                    break;
                case Frame.BodyOneofCase.Hello:
                    frame.Hello.UserAgent = new string('u', fill);
                    break;
                case Frame.BodyOneofCase.Signal:
                    frame.Signal.Payload = ByteString.CopyFrom(new byte[fill]);
                    break;
                default:
                    throw new TranscriptFormatException($"A {frame.BodyCase} has nothing to fill.");
            }

            var over = frame.CalculateSize() - bytes;
            if (over == 0)
            {
                return;
            }

            fill -= over;
        }

        throw new TranscriptFormatException($"No payload makes this frame exactly {bytes} bytes.");
    }
}
