using Wire.Protocol;

namespace Wire.Handlers;

// What those who follow the session see of a reply in the making.
internal sealed partial class Turn
{
    /// <summary>The id of the reply in the making.</summary>
    public ulong ReplyId { get; private set; }

    /// <summary>Whether pieces were streamed that followers may have seen.</summary>
    public bool IsStreaming => Volatile.Read(ref _text) is not null;

    /// <summary>How often there was something new. The worker's to change.</summary>
    public uint ChunkNumber { get; set; }

    /// <summary>Whether it is known how it ended.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Where the reply is stored, 0 where it is not; and how it ended. Valid once it is done.</summary>
    public ulong StoredAt { get; private set; }
    public Finish Finish { get; private set; }

    /// <summary>The text so far. Stays as it is.</summary>
    public ReadOnlyMemory<byte> LookAtText()
    {
        lock (_lock)
            return _text?.Text ?? default;
    }

    // Pieces that come while one is posted go with it: so the busier the worker, the larger the chunks.
    private void PostChunk()
    {
        if (Interlocked.Exchange(ref _isChunkPosted, 1) != 0)
            return;
        _chunkSignal ??= new TurnSignal(this, static (worker, turn) =>
        {
            Interlocked.Exchange(ref turn._isChunkPosted, 0);
            if (!turn.IsDone)
                worker.SendChunks(turn);
        });
        _worker.Post(_chunkSignal);
    }
}
