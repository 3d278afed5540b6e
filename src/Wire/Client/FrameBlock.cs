using System.Buffers;

namespace Wire.Client;

/// <summary>Pooled memory for the frames of one pipeline. Belongs to its <see cref="FrameMemory"/>.</summary>
internal sealed class FrameBlock(int bytes)
{
    public byte[] Bytes { get; private set; } = ArrayPool<byte>.Shared.Rent(bytes);

    public int Written { get; set; }

    /// <summary>The frames in it that are unanswered.</summary>
    public int Frames { get; set; }

    public void Return()
    {
        ArrayPool<byte>.Shared.Return(Bytes);
        Bytes = [];
    }
}
