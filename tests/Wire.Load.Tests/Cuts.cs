using Wire.Load.Engine;

namespace Wire.Load.Tests;

/// <summary>Gives connections their bytes as the engine does: what was kept first, then what came.</summary>
internal static class Cuts
{
    /// <summary>New connections that got the same bytes: cut in two at each place, and one by one.</summary>
    public static IEnumerable<T> Of<T>(byte[] bytes, Func<T> create)
        where T : LoadConnection
    {
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var connection = create();
            Feed(connection, bytes.AsSpan(0, cut));
            Feed(connection, bytes.AsSpan(cut));
            yield return connection;
        }

        var byByte = create();
        for (var i = 0; i < bytes.Length; i++)
            Feed(byByte, bytes.AsSpan(i, 1));
        yield return byByte;
    }

    /// <summary>Gives bytes to a connection.</summary>
    public static void Feed(LoadConnection connection, ReadOnlySpan<byte> bytes)
    {
        var buffer = new byte[4096];
        var kept = connection.RestorePartialFrame(buffer);
        bytes.CopyTo(buffer.AsSpan(kept));
        connection.Receive(buffer.AsSpan(0, kept + bytes.Length));
    }

    /// <summary>What a connection sends now.</summary>
    public static byte[] Sent(LoadConnection connection)
    {
        using var sent = new MemoryStream();
        while (connection.TryFill(mayPublish: true, 0))
        {
            sent.Write(connection.Unsent);
            connection.Sent(connection.Unsent.Length);
        }

        return sent.ToArray();
    }
}
