using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Wire.Load.Frames;

namespace Wire.Load.Servers;

/// <summary>The reference server F: echoes every whole frame that a read holds, with one flush.</summary>
/// <remarks>
/// F is what the transport allows: it does all that any server of delimited frames must do (find each frame's end, check
/// its length, answer) and nothing else. It is made as fast as can be: no hand-off, no object a message, one copy.
/// </remarks>
internal sealed class FrameEchoHandler : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var output = connection.Transport.Output;
        while (true)
        {
            var result = await input.ReadAsync(connection.ConnectionClosed);
            var whole = result.Buffer.Slice(0, WholeFrames(result.Buffer));
            foreach (var segment in whole)
                output.Write(segment.Span);
            var isAtEnd = whole.Length == result.Buffer.Length;
            var hasFrames = !whole.IsEmpty;
            input.AdvanceTo(whole.End, result.Buffer.End);

            if (hasFrames && (await output.FlushAsync(connection.ConnectionClosed)).IsCompleted)
                return;
            if (!result.IsCompleted)
                continue;
            if (!isAtEnd)
                connection.Abort(new ConnectionAbortedException("The stream ended within a frame."));
            return;
        }
    }

    /// <summary>The number of bytes up to the end of the last whole frame.</summary>
    /// <exception cref="ConnectionAbortedException">A length that no frame may have.</exception>
    internal static long WholeFrames(in ReadOnlySequence<byte> buffer)
    {
        var whole = 0L;
        var offset = 0L;    // of the segment
        var skip = 0;       // bytes of the frame in hand that are still to come
        var length = 0;     // of the frame whose length is being read
        var shift = 0;
        foreach (var segment in buffer)
        {
            var span = segment.Span;
            var at = 0;
            while (true)
            {
                if (skip >= span.Length - at)
                {
                    skip -= span.Length - at;
                    if (skip == 0 && shift == 0)
                        whole = offset + span.Length;
                    break;
                }

                at += skip;
                skip = 0;
                if (shift == 0)
                    whole = offset + at;
                var next = span[at++];
                length |= (next & 0x7F) << shift;
                if (next >= 0x80)
                {
                    shift += 7;
                    if (shift > 21)
                        throw new ConnectionAbortedException("A length takes more than 4 bytes.");
                    continue;
                }

                if (length is 0 or > DelimitedFrame.MaxBytes)
                    throw new ConnectionAbortedException($"A frame of {length} bytes.");
                skip = length;
                length = 0;
                shift = 0;
            }

            offset += span.Length;
        }

        return whole;
    }
}
