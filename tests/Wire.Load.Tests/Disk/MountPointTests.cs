using NUnit.Framework;
using Wire.Load.Disk;
using Wire.Load.Measurement;

namespace Wire.Load.Tests.Disk;

internal sealed class MountPointTests
{
    private static readonly string[] Lines =
    [
        "22 27 0:21 / /proc rw,relatime - proc proc rw",
        "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw,discard",
        "25 24 0:23 / /memory rw,relatime - tmpfs shm rw",
        "28 27 8:1 / /with\\040blank rw - xfs /dev/mapper/data rw",
        "29 27 0:40 / /twice rw - ext4 /dev/sdb rw",
        "30 27 0:41 / /twice rw - tmpfs none rw",
        "no line at all",
    ];

    [TestCase("/", ExpectedResult = "ext4 on vda1")]
    [TestCase("/home/somebody", ExpectedResult = "ext4 on vda1")]
    [TestCase("/memory", ExpectedResult = "tmpfs")]
    [TestCase("/memory/log", ExpectedResult = "tmpfs")]
    [TestCase("/memory2", ExpectedResult = "ext4 on vda1")]
    [TestCase("/with blank/log", ExpectedResult = "xfs on mapper/data")]
    [TestCase("/twice/log", ExpectedResult = "tmpfs")]
    public string? A_folder_is_on_the_mount_that_is_nearest(string folder) => MountPoint.Find(Lines, folder);

    [Test]
    public void What_is_no_table_of_mounts_says_nothing() => Assert.That(MountPoint.Find(["", "1 2 -"], "/"), Is.Null);

    [Test]
    public void This_machine_has_a_kernel_and_its_memory_disk_is_one()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("The kernel is told apart, and memory disks are known, on Linux only.");
        Assert.That(MountPoint.Describe("/dev/shm/not-there-yet"), Is.EqualTo("tmpfs"));
        Assert.That(new MachineInfo().Kernel, Does.Match("^[0-9]+\\.[0-9]+"));
    }
}
