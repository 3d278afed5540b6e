using NUnit.Framework;
using Wire.Load.Disk;

namespace Wire.Load.Tests.Disk;

internal sealed class MemoryDiskTests
{
    [Test]
    public void A_memory_disk_is_told_from_another()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Memory disks are known on Linux only.");
        Assert.That(MemoryDisk.Holds("/dev/shm"), Is.True);
        Assert.That(MemoryDisk.Holds("/proc/self"), Is.False);
    }

    [Test]
    public void Touching_leaves_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("wire-load-touch-");
        try
        {
            MemoryDisk.Touch(folder.FullName, 3_000_000);
            Assert.That(folder.EnumerateFileSystemInfos(), Is.Empty);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
