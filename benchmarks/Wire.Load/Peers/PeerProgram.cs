using System.Net;
using Wire.Load.Engine;

namespace Wire.Load.Peers;

/// <summary>A server of others as its documentation has it started, and the protocol that it is spoken to in.</summary>
/// <param name="name">Its name in tables.</param>
/// <param name="file">The program.</param>
/// <param name="promise">What one of its answers means.</param>
internal abstract class PeerProgram(string name, string file, string promise) : ILoadProtocol
{
    // Where administrators' programs are, which users' paths leave out.
    private static readonly string[] MorePlaces = OperatingSystem.IsWindows() ? [] : ["/usr/local/sbin", "/usr/sbin"];

    /// <summary>Its name in tables.</summary>
    public string Name { get; } = name;

    /// <summary>The program.</summary>
    public string File { get; } = file;

    /// <summary>What one of its answers means.</summary>
    public string Promise { get; } = promise;

    /// <summary>The arguments that say how it works.</summary>
    public abstract IReadOnlyList<string> Settings { get; }

    /// <summary>Where the program is; null where it is not installed.</summary>
    public string? Find()
    {
        var file = OperatingSystem.IsWindows() ? $"{File}.exe" : File;
        var places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return places.Concat(MorePlaces).Select(place => Path.Combine(place, file)).FirstOrDefault(System.IO.File.Exists);
    }

    /// <summary>The arguments that say where on 127.0.0.1 it listens, and where its data and its log go.</summary>
    public abstract IEnumerable<string> Place(int port, string folder, string log);

    /// <summary>Asks the server that listens there for its version.</summary>
    /// <returns>Null where it is not the one that was started with this folder.</returns>
    /// <exception cref="LoadFailureException">None listens, or none that is such a server.</exception>
    public abstract string? Identify(IPEndPoint endPoint, string folder);

    /// <summary>Has it delete what it keeps, between windows.</summary>
    public abstract void Forget(IPEndPoint endPoint);

    /// <inheritdoc/>
    public abstract LoadConnection CreatePublisher(LoadPlan plan, int index);

    /// <summary>Checks that the server has what it answered.</summary>
    public abstract void Check(LoadPlan plan, IReadOnlyList<LoadConnection> publishers);
}
