using NUnit.Framework;
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
}
