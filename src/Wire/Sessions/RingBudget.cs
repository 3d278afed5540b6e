namespace Wire.Sessions;

/// <summary>The bytes that all workers together may keep for followed sessions. Thread-safe.</summary>
internal sealed class RingBudget(long bytes)
{
    private long _left = bytes;

    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _left, -bytes) >= 0)
            return true;
        Interlocked.Add(ref _left, bytes);
        return false;
    }

    public void Give(int bytes) => Interlocked.Add(ref _left, bytes);
}
