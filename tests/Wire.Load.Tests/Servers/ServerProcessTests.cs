using NUnit.Framework;
using Wire.Load.Engine;
using Wire.Load.Measurement;
using Wire.Load.Processes;
using Wire.Load.Servers;

namespace Wire.Load.Tests.Servers;

/// <summary>The servers as child processes, as a measurement starts them.</summary>
[TestFixture]
[CancelAfter(60_000)]
internal sealed class ServerProcessTests
{
    [Test]
    public void F_says_what_it_has_used()
    {
        using var f = new EchoTarget();
        var first = f.ReadStats();
        var second = f.ReadStats();

        Assert.That(f.EndPoint.Port, Is.GreaterThan(0));
        Assert.That(second.CpuNanoseconds, Is.GreaterThan(first.CpuNanoseconds));
        Assert.That(second.AllocatedBytes, Is.GreaterThan(first.AllocatedBytes!.Value));
        Assert.That(second.WorkingSetBytes, Is.GreaterThan(1_000_000));
        Assert.That(second.LogBytes, Is.Null);
    }

    [Test]
    public void A_server_collects_its_garbage_when_it_is_asked_to()
    {
        using var f = new EchoTarget();
        var collected = f.Collect();

        // Known only once there was a collection, which a server that has just started has no reason for.
        Assert.That(collected.HeapBytes, Is.GreaterThan(0).And.LessThan(collected.AllocatedBytes!.Value));
    }

    [Test]
    public void Wire_says_how_long_its_log_is_and_leaves_no_folder_behind()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        using (var wire = new WireTarget(folder, settings: [], logLimitBytes: 1L << 30, isInMemory: true, touchesMemory: false))
        {
            Assert.That(wire.ReadLogBytes(), Is.GreaterThan(0));
            Assert.That(wire.Renew(), Is.False);
        }

        Assert.That(Directory.Exists(folder), Is.False);
    }

    [Test]
    public void A_log_that_is_too_long_makes_a_new_server()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        using var wire = new WireTarget(folder, settings: ["Wire:NodeId=7"], logLimitBytes: 0, isInMemory: false, touchesMemory: false);
        var old = Path.Combine(folder, "old");
        File.WriteAllText(old, "");

        Assert.That(wire.Renew(), Is.True);
        Assert.That(File.Exists(old), Is.False);
        Assert.That(wire.ReadLogBytes(), Is.GreaterThan(0));
    }

    [Test]
    public void A_log_of_a_length_is_begun_anew_when_it_has_grown_by_a_tenth(CancellationToken cancellation)
    {
        const int Length = 100_000_000;
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        using var wire = new WireTarget(folder, settings: [], logLimitBytes: 1L << 40, isInMemory: false, touchesMemory: false) { FillBytes = Length };
        wire.Fill(cancellation);
        Assert.That(wire.ReadLogBytes(), Is.GreaterThanOrEqualTo(Length));
        Assert.That(wire.Renew(), Is.False);

        Grow(wire, Length / 4, cancellation);
        Assert.That(wire.Renew(), Is.True);
        Assert.That(wire.ReadLogBytes(), Is.LessThan(Length));
    }

    [Test]
    public void A_window_says_how_long_the_log_was_when_it_began(CancellationToken cancellation)
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        using var wire = new WireTarget(folder, settings: [], logLimitBytes: 1L << 40, isInMemory: false, touchesMemory: false);
        using var clients = new LoadClients(processes: 1);
        Grow(wire, 10_000_000, cancellation);
        var before = wire.ReadLogBytes();
        var window = Window.Measure(wire, PlanFor(wire) with { Name = "w" }, clients, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.1), cancellation);
        Assert.That(window.LogBytesBefore, Is.InRange(before!, wire.ReadLogBytes()!));
    }

    [Test]
    public void What_is_under_way_while_a_server_is_read_from_has_no_part_in_the_latencies(CancellationToken cancellation)
    {
        using var f = new EchoTarget();
        using var clients = new LoadClients(processes: 1);
        // Answers come all the time, so that readings at its ends would be seen in the count.
        var window = Window.Measure(f, PlanFor(f), clients, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.2), cancellation);
        Assert.That(window.Latency.Count, Is.GreaterThan(0).And.LessThan(window.Messages));
    }

    [Test]
    public void A_server_that_does_not_come_up_again_says_why_and_leaves_no_folder_behind()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        var keys = new KeyFile();
        using (var wire = new WireTarget(folder, [keys.Setting], logLimitBytes: 0, isInMemory: false, touchesMemory: false))
        {
            keys.Dispose();
            Assert.That(wire.Renew, Throws.TypeOf<LoadFailureException>().With.Message.Contains("has ended"));
        }

        Assert.That(Directory.Exists(folder), Is.False);
    }

    [Test]
    public void A_key_file_is_one_that_a_server_takes_and_is_gone_in_the_end()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        string path;
        using (var keys = new KeyFile())
        using (var wire = new WireTarget(folder, [keys.Setting], logLimitBytes: 1L << 30, isInMemory: false, touchesMemory: false, "encrypted"))
        {
            path = keys.Path;
            Assert.That(wire.Name, Is.EqualTo("encrypted"));
            Assert.That(File.Exists(Path.Combine(folder, "key.uses")), Is.True);
        }

        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void A_server_that_cannot_start_fails_and_leaves_no_folder_behind()
    {
        var folder = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"wire-load-{Guid.NewGuid():N}");
        Assert.That(
            () => new WireTarget(folder, settings: ["Wire:Bogus=1"], logLimitBytes: 1, isInMemory: false, touchesMemory: false),
            Throws.TypeOf<LoadFailureException>().With.Message.Contains("has ended"));
        Assert.That(Directory.Exists(folder), Is.False);
    }

    private static void Grow(ServerTarget server, long bytes, CancellationToken cancellation)
    {
        var until = server.ReadLogBytes() + bytes;
        using var run = new LoadRun(PlanFor(server) with { Name = "grow", PayloadBytes = 1000 });
        run.Open();
        run.Start();
        while (server.ReadLogBytes() < until)
            run.Wait(TimeSpan.FromMilliseconds(1), cancellation);
        run.Finish();
    }

    private static LoadPlan PlanFor(ServerTarget server) => new()
    {
        EndPoint = server.EndPoint,
        Protocol = server.Protocol,
        Connections = 4,
        Depth = 64,
        Name = "t",
        Sessions = 4,
    };
}
