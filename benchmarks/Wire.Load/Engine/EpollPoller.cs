using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Wire.Load.Engine;

/// <summary>Readiness by Linux's epoll, level triggered, with plain recv and send.</summary>
/// <remarks>
/// .NET has no public epoll, and its asynchronous sockets move each completion to the thread pool: the wake-ups would
/// cost the server's cores more than the work. One thread in epoll_wait is the cheapest client there is, and the same
/// that other load generators use.
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed partial class EpollPoller : IPoller
{
    private const int MaxEvents = 512;
    private const int AddSocket = 1;
    private const int RemoveSocket = 2;
    private const int ModifySocket = 3;
    private const int CloseOnExec = 0x80000;
    private const uint In = 1;
    private const uint Out = 4;
    private const uint ErrorOrHangUp = 0x18;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int Interrupted = 4;
    private const int TryAgain = 11;

    // struct epoll_event is packed on x86-64 only: 32 bits of events, then 64 bits of the user's data.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + sizeof(ulong);

    private readonly byte[] _events = new byte[MaxEvents * EventBytes];
    private readonly List<int> _descriptors = [];
    private int _epoll;

    /// <summary>Opens an epoll descriptor.</summary>
    public EpollPoller()
    {
        _epoll = EpollCreate(CloseOnExec);
        if (_epoll < 0)
            throw new SocketException(Marshal.GetLastPInvokeError());
    }

    /// <inheritdoc/>
    public void Add(int index, Socket socket)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(index, _descriptors.Count);
        _descriptors.Add((int)socket.Handle);
        Control(AddSocket, index, In);
    }

    /// <inheritdoc/>
    public void Remove(int index) => Control(RemoveSocket, index, 0);

    /// <inheritdoc/>
    public void WatchWrites(int index, bool watch) => Control(ModifySocket, index, watch ? In | Out : In);

    /// <inheritdoc/>
    public int Wait(Span<ReadySocket> ready, TimeSpan timeout)
    {
        // epoll_wait knows whole milliseconds only; a poll of the epoll descriptor itself knows nanoseconds.
        var milliseconds = (int)timeout.TotalMilliseconds;
        if (milliseconds == 0 && timeout > TimeSpan.Zero)
        {
            var descriptor = new PollDescriptor(_epoll, (short)In, 0);
            var time = new TimeSpec(0, (nint)timeout.TotalNanoseconds);
            _ = Poll(ref descriptor, 1, in time, 0);
        }

        int count;
        while ((count = EpollWait(_epoll, _events, Math.Min(MaxEvents, ready.Length), milliseconds)) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new SocketException(Marshal.GetLastPInvokeError());
        }

        for (var i = 0; i < count; i++)
        {
            var entry = _events.AsSpan(i * EventBytes, EventBytes);
            var events = MemoryMarshal.Read<uint>(entry);
            // An error or a hang-up is met by reading.
            ready[i] = new ReadySocket(
                (int)MemoryMarshal.Read<ulong>(entry[DataOffset..]),
                (events & (In | ErrorOrHangUp)) != 0,
                (events & Out) != 0);
        }

        return count;
    }

    /// <inheritdoc/>
    public int Receive(int index, Span<byte> buffer)
    {
        while (true)
        {
            var received = Receive(_descriptors[index], buffer, buffer.Length, DontWait);
            if (received >= 0)
                return (int)received;
            if (WouldBlock(Marshal.GetLastPInvokeError()))
                return -1;
        }
    }

    /// <inheritdoc/>
    public int Send(int index, ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var sent = Send(_descriptors[index], bytes, bytes.Length, DontWait | NoSignal);
            if (sent >= 0)
                return (int)sent;
            if (WouldBlock(Marshal.GetLastPInvokeError()))
                return 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _epoll, -1) is >= 0 and var epoll)
            _ = Close(epoll);
    }

    private static bool WouldBlock(int error) => error switch
    {
        TryAgain => true,
        Interrupted => false,
        _ => throw new SocketException(error, Marshal.GetPInvokeErrorMessage(error)),
    };

    private void Control(int operation, int index, uint events)
    {
        Span<byte> entry = stackalloc byte[16];
        entry.Clear();
        MemoryMarshal.Write(entry, events);
        MemoryMarshal.Write(entry[DataOffset..], (ulong)index);
        if (EpollControl(_epoll, operation, _descriptors[index], entry) < 0)
            throw new SocketException(Marshal.GetLastPInvokeError());
    }

    private readonly record struct PollDescriptor(int Descriptor, short Events, short Found);

    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, in TimeSpec timeout, nint signals);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollControl(int epoll, int operation, int descriptor, Span<byte> entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, Span<byte> entries, int maxEntries, int timeout);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, Span<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
