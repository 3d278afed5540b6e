using System.Globalization;

namespace Wire.Load.Engine;

/// <summary>How many files a process may have open: each connection is one, at both ends.</summary>
internal static class FileLimit
{
    // What a process has open beside its connections: assemblies, the log's files, pipes, what the runtime needs.
    private const int OpenBeside = 200;

    private const string Client = "the client: raise 'ulimit -n', or deal them out with --processes";

    /// <summary>Of this process, and of those that it starts; null where the system does not say, or does not limit it.</summary>
    /// <remarks>The hard limit: the runtime raises the soft one to it.</remarks>
    public static int? Files { get; } = Read();

    /// <summary>Refuses a measurement that would need too many, before anything is started.</summary>
    /// <param name="publishers">How many connections publish, in all.</param>
    /// <param name="followers">How many follow each of them, in the same process.</param>
    /// <param name="processes">Client processes.</param>
    /// <param name="startsServer">Whether the server is one that is started here: it may open as many.</param>
    /// <exception cref="LoadFailureException">They are too many for a client process, or for the server.</exception>
    public static void Check(int publishers, int followers, int processes, bool startsServer)
    {
        Check(MostOfOne(publishers, followers, processes), Files, Client);
        if (startsServer)
            Check((long)publishers * (1 + followers), Files, "the server, which is one process: raise 'ulimit -n'");
    }

    /// <summary>Refuses connections of this process that cannot be, before the first is opened.</summary>
    /// <exception cref="LoadFailureException">They are too many.</exception>
    public static void Check(long connections) => Check(connections, Files, Client);

    internal static long MostOfOne(int publishers, int followers, int processes) => (publishers + processes - 1L) / processes * (1 + followers);

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
