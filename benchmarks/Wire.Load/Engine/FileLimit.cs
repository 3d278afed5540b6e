using System.Globalization;

namespace Wire.Load.Engine;

/// <summary>How many files a process may have open: each connection is one, at both ends.</summary>
internal static class FileLimit
{
    // What a process has open beside its connections: assemblies, the log's files, pipes, what the runtime needs.
    private const int OpenBeside = 200;

    /// <summary>Of this process, and of those that it starts; null where the system does not say, or does not limit it.</summary>
    /// <remarks>The hard limit: the runtime raises the soft one to it.</remarks>
    public static int? Files { get; } = Read();

    /// <summary>Refuses connections that cannot be, before the first is opened.</summary>
    /// <param name="connections">How many one process is to have.</param>
    /// <param name="whose">Which process, and what would help, as the end of a sentence.</param>
    /// <exception cref="LoadFailureException">They are too many.</exception>
    public static void Check(long connections, string whose) => Check(connections, Files, whose);

    internal static void Check(long connections, int? files, string whose)
    {
        if (connections + OpenBeside > files)
            throw new LoadFailureException($"A process may open {files} files here, so {connections} connections and {OpenBeside} files beside them are too many for {whose}.");
    }

    internal static int? Parse(IEnumerable<string> limits)
    {
        // Max open files            1024                 20000                files
        const string Name = "Max open files";
        var line = limits.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        var values = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return values is { Length: > 1 } && int.TryParse(values[1], NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? files : null;
    }

    private static int? Read() => OperatingSystem.IsLinux() ? Parse(File.ReadLines("/proc/self/limits")) : null;
}
