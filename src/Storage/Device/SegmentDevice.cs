using System.Runtime.InteropServices;
using FASTER.core;
using Wire.Storage.Files;
using Wire.Storage.Segments;

namespace Wire.Storage.Device;

/// <summary>
/// The device under FASTER. Its one thread takes all writes that wait, writes them, syncs each file that they touched once,
/// and only then calls FASTER back and reports the round. So what FASTER takes as flushed is on stable storage.
/// <para>
/// The first error ends it: all later writes are called back with an error, and nothing is ever tried again, because after a
/// failed sync the system may have dropped what it could not write.
/// </para>
/// </summary>
internal sealed class SegmentDevice : StorageDeviceBase
{
    // The unit in which FASTER writes: one that every disk writes as a whole.
    const uint Sector = 512;

    readonly SegmentCatalog _catalog;
    readonly Action<SegmentFile> _establish;
    readonly Action _roundDone;
    readonly Action<Exception> _failed;
    readonly Thread _thread;
    readonly object _signal = new();
    List<Request> _waiting = [];
    List<Request> _working = [];
    readonly List<SegmentFile> _touched = [];
    bool _stopping;
    bool _retries;
    bool _stopped;
    long _rounds;
    int _busy;

    /// <summary>A device that has not been started.</summary>
    /// <param name="catalog">Finds the file of an address.</param>
    /// <param name="establish">Gives a new file its header and name.</param>
    /// <param name="roundDone">Called on the device's thread after each round's callbacks.</param>
    /// <param name="failed">Called on the device's thread with the first error, before any callback of that round.</param>
    public SegmentDevice(SegmentCatalog catalog, Action<SegmentFile> establish, Action roundDone, Action<Exception> failed)
        : base("wire", Sector, capacity: -1)
    {
        _catalog = catalog;
        _establish = establish;
        _roundDone = roundDone;
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = "wire-log-device" };
    }

    /// <summary>Whether a write waits or is in hand.</summary>
    public bool IsBusy => Volatile.Read(ref _busy) != 0;

    /// <summary>Rounds of write and sync that succeeded.</summary>
    public long Rounds => Volatile.Read(ref _rounds);

    /// <summary>What a read of FASTER's recovery failed with: FASTER itself knows of an error only that there was one.</summary>
    public IOException? ReadError { get; private set; }

    public void Start() => _thread.Start();

    /// <inheritdoc/>
    // Called within FASTER's epoch, or by the device's own thread in a callback: it must neither wait nor throw.
    public override void WriteAsync(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite,
        DeviceIOCompletionCallback callback, object context)
    {
        // FASTER's segments are 2^62 bytes: there is only one, and an address never wraps in it.
        var request = new Request(sourceAddress, (long)destinationAddress, (int)numBytesToWrite, segmentId, callback, context);
        lock (_signal)
        {
            _waiting.Add(request);
            Volatile.Write(ref _busy, 1);
            Monitor.Pulse(_signal);
        }
    }

    /// <inheritdoc/>
    // Used by FASTER's recovery alone, for the page that the log ends in.
    public override unsafe void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength,
        DeviceIOCompletionCallback callback, object context)
    {
        var error = 0u;
        try
        {
            var segment = _catalog.Find((long)sourceAddress);
            var destination = new Span<byte>((void*)destinationAddress, (int)readLength);
            if (segment is null)
                destination.Clear();
            else
                segment.File.ReadZeroFilled(destination, segment.OffsetOf((long)sourceAddress));
        }
        catch (IOException e)
        {
            ReadError = e;
            error = 1;
        }
        callback(error, readLength, context);
    }

    /// <summary>Waits on the device's thread for <see cref="Retry"/>; false where the device is to end.</summary>
    public bool WaitForRetry()
    {
        lock (_signal)
        {
            while (!_retries && !_stopping)
                Monitor.Wait(_signal);
            _retries = false;
            return !_stopping;
        }
    }

    /// <summary>What the disk had no room for is to be tried again.</summary>
    public void Retry()
    {
        lock (_signal)
        {
            _retries = true;
            Monitor.Pulse(_signal);
        }
    }

    /// <summary>Ends the thread when nothing waits any more; false where the disk holds it for longer than this.</summary>
    public bool Stop(TimeSpan timeout)
    {
        lock (_signal)
        {
            _stopping = true;
            Monitor.Pulse(_signal);
        }
        return _thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread.Join(timeout);
    }

    /// <inheritdoc/>
    public override void Dispose() { }

    // FASTER's own segments do not exist here; what is retired is the catalog's business.
    /// <inheritdoc/>
    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) => callback(result);

    /// <inheritdoc/>
    public override void RemoveSegment(int segment) { }

    /// <inheritdoc/>
    public override void TruncateUntilAddressAsync(long toAddress, AsyncCallback callback, IAsyncResult result) => callback(result);

    /// <inheritdoc/>
    public override void TruncateUntilAddress(long toAddress) { }

    void Run()
    {
        try
        {
            Serve();
        }
        catch (Exception e)
        {
            // Not the disk's: a callback threw. Without this thread nothing is ever durable again, which must be known.
            _failed(e);
        }
    }

    void Serve()
    {
        while (TakeWaiting())
        {
            var error = 0u;
            if (_stopped)
            {
                error = 1;
            }
            else
            {
                try
                {
                    WriteAndSync();
                    _rounds++;
                }
                catch (Exception e)
                {
                    _stopped = true;
                    error = 1;
                    _failed(e);
                }
            }

            // A callback can bring the next write; it waits for the next round.
            foreach (ref var request in CollectionsMarshal.AsSpan(_working))
                request.Callback(error, (uint)request.Length, request.Context);
            _working.Clear();
            if (error == 0)
                _roundDone();
        }
    }

    bool TakeWaiting()
    {
        lock (_signal)
        {
            while (_waiting.Count == 0)
            {
                Volatile.Write(ref _busy, 0);
                if (_stopping)
                    return false;
                Monitor.Wait(_signal);
            }
            (_waiting, _working) = (_working, _waiting);
        }
        return true;
    }

    unsafe void WriteAndSync()
    {
        _touched.Clear();
        foreach (ref var request in CollectionsMarshal.AsSpan(_working))
        {
            var segment = _catalog.Find(request.Address);
            if (segment is null || request.SegmentId != 0 || request.Address + request.Length > segment.Limit)
                throw new InvalidOperationException($"A write of {request.Length} bytes at address {request.Address} is outside of the log's files.");
            if (!segment.IsEstablished)
                _establish(segment);
            segment.File.WriteAll(new ReadOnlySpan<byte>((void*)request.Source, request.Length), segment.OffsetOf(request.Address));
            if (!_touched.Contains(segment))
                _touched.Add(segment);
        }
        foreach (var segment in _touched)
            segment.File.Sync();
    }

    readonly record struct Request(IntPtr Source, long Address, int Length, int SegmentId, DeviceIOCompletionCallback Callback, object Context);
}
