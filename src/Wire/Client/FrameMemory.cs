namespace Wire.Client;

/// <summary>
/// Where the frames of one pipeline lie until they are answered: pooled blocks, filled one behind the other. They are answered
/// in about the order in which they were written, so a block is free again soon after its last frame.
/// </summary>
/// <remarks>
/// A block is about twice as large as what is unanswered, 4 to 64 KiB or one larger frame: a pipeline that is hardly used costs
/// little. An idle one keeps one block. Belongs to <see cref="UnansweredPublishes"/> and its lock.
/// </remarks>
internal sealed class FrameMemory
{
    private const int MinBlockBytes = 4 * 1024;
    private const int MaxBlockBytes = 64 * 1024;

    private FrameBlock? _current;
    private FrameBlock? _spare;
    private bool _isClosed;

    /// <summary>The bytes of the frames that are unanswered.</summary>
    public long Bytes { get; private set; }

    /// <summary>A place for a frame of at most that size, which <see cref="End"/> has to follow.</summary>
    public FrameBlock Begin(int atMost, out int offset)
    {
        if (_current is null || _current.Bytes.Length - _current.Written < atMost)
            _current = NextBlock(atMost);
        offset = _current.Written;
        return _current;
    }

    /// <summary>The frame is there, and counts as unanswered from here on.</summary>
    public void End(int bytes)
    {
        _current!.Written += bytes;
        _current.Frames++;
        Bytes += bytes;
    }

    /// <summary>A frame is answered, or will not be sent.</summary>
    public void Release(FrameBlock block, int bytes)
    {
        Bytes -= bytes;
        if (--block.Frames > 0)
            return;

        block.Written = 0;
        if (block == _current && !_isClosed)
            return;
        if (_spare is null && !_isClosed && block.Bytes.Length <= MaxBlockBytes && Bytes > 0)
            _spare = block;
        else
            block.Return();
    }

    /// <summary>Nothing more is taken: what is empty goes back, the rest when it is answered.</summary>
    public void Close()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _spare?.Return();
        _spare = null;
        if (_current is { Frames: 0 })
            _current.Return();
        _current = null;
    }

    private FrameBlock NextBlock(int bytes)
    {
        var size = (int)Math.Clamp(2 * (Bytes + bytes), MinBlockBytes, MaxBlockBytes);
        var spare = _spare;
        _spare = null;

        // An empty one that is too small for this frame is done with; one with frames comes back when they are answered.
        if (_current is { Frames: 0 })
            _current.Return();
        if (spare is not null && spare.Bytes.Length >= Math.Max(size, bytes))
            return spare;
        spare?.Return();
        return new FrameBlock(Math.Max(size, bytes));
    }
}
