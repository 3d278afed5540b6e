using Wire.Client;

namespace Wire.Tests.Client;

/// <summary>A client and the server that a test plays for it.</summary>
internal abstract class ClientFixture
{
    private readonly List<WireClient> _clients = [];
    private readonly List<DirectoryInfo> _folders = [];

    protected ScriptedServer Server { get; private set; } = null!;

    [SetUp]
    public void StartServer() => Server = new ScriptedServer();

    [TearDown]
    public async Task StopAsync()
    {
        await Server.DisposeAsync();
        foreach (var client in _clients)
            await client.DisposeAsync().AsTask().WaitAsync(Deadline.Of);
        _clients.Clear();
        foreach (var folder in _folders)
            folder.Delete(recursive: true);
        _folders.Clear();
    }

    /// <summary>A file of this test's own, in a folder that is there; deleted in the end.</summary>
    protected string NewPath()
    {
        var folder = Directory.CreateTempSubdirectory("wire-client-");
        _folders.Add(folder);
        return Path.Combine(folder.FullName, "queue");
    }

    /// <summary>A client that comes back fast, and leaves without waiting for a server that says nothing.</summary>
    protected WireClient Client(Action<WireClientOptions>? configure = null)
    {
        var options = new WireClientOptions
        {
            Port = Server.Port,
            ClientId = "visitor-1",
            ReconnectDelayMin = TimeSpan.FromMilliseconds(1),
            ReconnectDelayMax = TimeSpan.FromMilliseconds(20),
            CloseTimeout = TimeSpan.Zero,
        };
        configure?.Invoke(options);
        var client = new WireClient(options);
        _clients.Add(client);
        return client;
    }

    protected static Task<T> Within<T>(ValueTask<T> task) => task.AsTask().WaitAsync(Deadline.Of);

    protected static Task<T> Within<T>(Task<T> task) => task.WaitAsync(Deadline.Of);

    protected static Task Within(Task task) => task.WaitAsync(Deadline.Of);

    /// <summary>The exception with which a call ends.</summary>
    protected static async Task<TException> FailureOf<TException>(Task task)
        where TException : Exception
    {
        try
        {
            await task.WaitAsync(Deadline.Of);
        }
        catch (TException exception)
        {
            return exception;
        }
        throw new AssertionException($"a {typeof(TException).Name} was due");
    }
}
