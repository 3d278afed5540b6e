namespace Wire.Storage.Tests;

/// <summary>The crash of one generation: before which of the disk's operations, and of which kind.</summary>
internal sealed class PlannedCrash
{
    readonly VolatileDisk _disk;
    readonly Random _dice;
    VolatileDisk? _image;

    public PlannedCrash(FasterMessageLog log, VolatileDisk disk, Random random, int atLeast)
    {
        _disk = disk;
        _dice = new Random(random.Next());
        var crashAt = random.Next(atLeast, 250);
        IsPowerCut = random.Next(3) > 0;
        var operation = 0;
        disk.BeforeOperation = () =>
        {
            if (Interlocked.Increment(ref operation) != crashAt)
                return;
            // First what was promised until then, and then what is left.
            Promised = log.DurableAddress;
            Volatile.Write(ref _image, IsPowerCut ? disk.Crash(_dice) : disk.Kill());
        };
    }

    /// <summary>What the crash has left; null where it has not come yet.</summary>
    public VolatileDisk? Image => Volatile.Read(ref _image);

    public bool IsPowerCut { get; private set; }

    /// <summary>Until which address the log had called itself durable by then.</summary>
    public long Promised { get; private set; }

    /// <summary>The disk for what comes after; where the crash had not come before the orderly close, the power goes now.</summary>
    public VolatileDisk End()
    {
        _disk.BeforeOperation = null;
        return Image ?? _disk.Crash(_dice);
    }
}
