using System.Diagnostics;
using Google.Protobuf;
using NUnit.Framework;
using Wire.Conformance.Peers;
using Wire.EndToEnd.Hosts;
using Wire.EndToEnd.Tracing;
using Wire.Protocol;

namespace Wire.EndToEnd;

/// <summary>A real host and its calls of the system: the sync that covers a record has returned before its Ack begins to leave.</summary>
[TestFixture]
public sealed class SyncOrderTests : EndToEndFixture
{
    private const int Publishes = 25;

    // Long as varints, so that they are found in what is sent.
    private const ulong FirstId = 0x55_AA55_AA55_AA55;

    [Test]
    public async Task The_sync_that_covers_a_record_returns_before_its_Ack_begins_to_leave()
    {
        var orders = await TraceAsync(Durability.Disk);
        Assert.That(orders.Where(one => one.Sync is null), Is.Empty, "a record was never synced");
        Assert.That(orders.Where(one => one.Sync!.Returned >= one.Ack.Began), Is.Empty);
    }

    /// <summary>The same look at acknowledgements that promise no sync: it can tell.</summary>
    [Test]
    public async Task The_trace_tells_an_Ack_that_waits_for_no_sync()
    {
        var orders = await TraceAsync(Durability.Memory);
        Assert.That(orders.Count(one => one.Sync is null || one.Sync.Returned >= one.Ack.Began), Is.GreaterThan(Publishes / 2));
    }

    private async Task<List<(SystemCall Write, SystemCall? Sync, SystemCall Ack)>> TraceAsync(Durability level)
    {
        NeedsStrace();
        var output = Path.Combine(Path.GetTempPath(), $"wire-trace-{Guid.NewGuid():N}");
        try
        {
            var host = NewHost(launcher: SystemTrace.Command(output, "pwrite64,write,writev,fdatasync,fsync,rename,sendmsg,sendto"));
            await host.StartAsync(Cancelled);
            await using (var peer = new Peer("writer", await host.ConnectAsync(Cancelled)))
            {
                await peer.SendAsync(new Frame { Hello = new Hello { Version = 1, ClientId = "writer" } }, Cancelled);
                for (var i = 0; i < Publishes; i++)
                {
                    var id = FirstId + (ulong)i;
                    var publish = new Publish { SessionId = "traced", PublishId = id, Payload = ByteString.CopyFrom(Marker(i)), Durability = level };
                    await peer.SendAsync(new Frame { Publish = publish }, Cancelled);
                    await peer.TakeAsync(frame => frame.Ack?.PublishId == id, HostProcess.Deadline, Cancelled);
                }
            }

            host.Terminate();
            Assert.That(await host.WaitExitAsync(HostProcess.Deadline, Cancelled), Is.Zero);
            return OrdersIn(await EndedTraceAsync(output, host.ProcessId));
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static List<(SystemCall Write, SystemCall? Sync, SystemCall Ack)> OrdersIn(SystemTrace trace)
    {
        var orders = new List<(SystemCall, SystemCall?, SystemCall)>();
        for (var i = 0; i < Publishes; i++)
        {
            var write = trace.Calls.First(call => call.Name == "pwrite64" && Holds(call, Marker(i)));
            var sync = trace.Calls.FirstOrDefault(call =>
                call is { Name: "fdatasync", Result: 0 } && call.File == write.File && call.Began > write.Returned);
            var ack = trace.Calls.First(call => call.Name is "sendmsg" or "sendto" && Holds(call, Varint(FirstId + (ulong)i)));
            orders.Add((write, sync, ack));
        }

        return orders;
    }

    // The tracer is a process of its own, and writes its last lines after the host has ended.
    private static async Task<SystemTrace> EndedTraceAsync(string output, int processId)
    {
        var watch = Stopwatch.StartNew();
        while (!SystemTrace.IsWhole(output, processId))
        {
            Assert.That(watch.Elapsed, Is.LessThan(HostProcess.Deadline), "the trace does not come to its end");
            await Task.Delay(20, Cancelled);
        }

        return SystemTrace.Read(output);
    }

    private static bool Holds(SystemCall call, byte[] bytes) => call.Bytes.AsSpan().IndexOf(bytes) >= 0;

    private static byte[] Marker(int number) => [.. "<traced "u8, (byte)('a' + number), (byte)'>'];

    private static byte[] Varint(ulong value)
    {
        var bytes = new MemoryStream();
        using (var writer = new CodedOutputStream(bytes, leaveOpen: true))
        {
            writer.WriteUInt64(value);
        }

        return bytes.ToArray();
    }

    private static void NeedsStrace()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("strace exists on Linux only.");
        }

        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                Assert.Ignore($"Processes cannot be traced here: {error}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Ignore($"strace cannot be started: {e.Message}");
        }
    }
}
