using System.Reflection;
using System.Runtime.InteropServices;

namespace Wire.Load.Measurement;

/// <summary>Where, when and with what something was measured.</summary>
internal sealed record MachineInfo
{
    /// <summary>When it began.</summary>
    public DateTimeOffset Begun { get; init; } = TimeProvider.System.GetLocalNow();

    /// <summary>The program's version and commit.</summary>
    public string Version { get; init; } =
        typeof(MachineInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>The operating system.</summary>
    public string System { get; init; } = RuntimeInformation.OSDescription;

    /// <summary>The kernel's release, where <see cref="System"/> is only the distribution's name, as on Linux.</summary>
    public string? Kernel { get; init; } = ReadKernel();

    /// <summary>The file system on which data was written, and its device; null where nothing was, or that cannot be known.</summary>
    public string? FileSystem { get; init; }

    /// <summary>The runtime.</summary>
    public string Runtime { get; init; } = RuntimeInformation.FrameworkDescription;

    /// <summary>The processor's architecture.</summary>
    public string Architecture { get; init; } = RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>The processor's name, where the system tells it.</summary>
    public string? Processor { get; init; } = ReadProcessor();

    /// <summary>Memory that the program may use, in bytes: the machine's, or the limit that it runs under.</summary>
    public long MemoryBytes { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Cores that client and servers share.</summary>
    public int Cores { get; init; } = Environment.ProcessorCount;

    private static string? ReadKernel() => OperatingSystem.IsLinux() ? File.ReadAllText("/proc/sys/kernel/osrelease").Trim() : null;

    private static string? ReadProcessor()
    {
        if (!OperatingSystem.IsLinux())
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':') + 1)..].Trim();
    }
}
