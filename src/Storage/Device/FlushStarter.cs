using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using FASTER.core;

namespace Wire.Storage.Device;

/// <summary>
/// Has FASTER hand everything up to its tail to the device.
/// <para>
/// The public way is <c>FasterLog.Commit</c>. Behind the flush it also queues a commit request, and at its end a thread of the
/// pool wakes, serialises metadata and calls the commit manager: none of which means anything here, where durability is the
/// device's and recovery needs no metadata. It cost 57 us of CPU and 800 bytes a flush. So this takes FasterLog's own first
/// step and leaves out the rest: it shifts the read-only address of the allocator, in the epoch. Both are internal to FASTER;
/// where a version does not have them, it commits.
/// </para>
/// Called under the log's append lock.
/// </summary>
internal sealed class FlushStarter
{
    readonly FasterLog _log;
    readonly LightEpoch? _epoch;
    readonly ShiftReadOnlyAddress? _shift;

    [DynamicDependency(DynamicallyAccessedMemberTypes.All, "FASTER.core.AllocatorBase`2", "FASTER.core")]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, typeof(FasterLog))]
    public FlushStarter(FasterLog log)
    {
        _log = log;
        var allocator = Field("allocator");
        _epoch = Field("epoch") as LightEpoch;
        if (allocator is not null && _epoch is not null)
            _shift = (ShiftReadOnlyAddress?)Delegate.CreateDelegate(typeof(ShiftReadOnlyAddress), allocator,
                nameof(ShiftReadOnlyAddress), ignoreCase: false, throwOnBindFailure: false);

        object? Field(string name) =>
            typeof(FasterLog).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(log);
    }

    delegate bool ShiftReadOnlyAddress(long newReadOnlyAddress, bool noFlush);

    /// <summary>Whether the short way was found.</summary>
    public bool IsDirect => _shift is not null;

    public void Start(long tail)
    {
        if (_shift is null)
        {
            _log.Commit();
            return;
        }
        _epoch!.Resume();
        try
        {
            _shift(tail, false);
        }
        finally
        {
            _epoch.Suspend();
        }
    }

    /// <summary>
    /// One pass through the epoch, which runs whatever waits for it: releases a flush that two threads lost between them. With
    /// one thread in the epoch at a time that should never be needed.
    /// </summary>
    public void Poke()
    {
        if (_epoch is not null)
        {
            _epoch.Resume();
            _epoch.Suspend();
        }
        else
        {
            // Returns at once, without I/O: the address is beyond everything.
            _ = _log.ReadAsync(long.MaxValue).AsTask();
        }
    }
}
