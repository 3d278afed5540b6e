using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Wire.Load.Engine;
using Wire.Protocol;

namespace Wire.Load.Recovery;

/// <summary>
/// Producers of a load that send again what they had stored, each in a session that nobody has used since: the server must find
/// the session in the log, and say that the publish is a duplicate.
/// </summary>
internal static class ReturningSessions
{
    private const int InHand = 256;

    /// <summary>Does it, one connection after the other, and checks every answer.</summary>
    /// <exception cref="LoadFailureException">An answer was not that of a duplicate.</exception>
    public static (long Count, TimeSpan Time) Run(IPEndPoint server, string name, int sessions, int connections, int count, CancellationToken cancellation)
    {
        var plan = new LoadPlan { EndPoint = server, Protocol = WireProtocol.Ack, Connections = connections, Depth = 1, Name = name, Sessions = sessions };
        var begun = Stopwatch.GetTimestamp();
        var done = 0L;
        for (var i = 0; i < connections && done < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var own = plan.SessionsOf(i).ToArray();
            new Random(i).Shuffle(own);
            done += Return(server, $"{name}-{i}", own.AsSpan(0, Math.Min(own.Length, (count + connections - 1) / connections)));
        }
        return (done, Stopwatch.GetElapsedTime(begun));
    }

    private static int Return(IPEndPoint server, string clientId, ReadOnlySpan<string> sessions)
    {
        using var client = new TcpClient { NoDelay = true };
        client.Connect(server);
        using var stream = new BufferedStream(client.GetStream(), 64 * 1024);
        Send(stream, new Frame { Hello = new Hello { Version = 1, ClientId = clientId } });
        stream.Flush();
        if (Frame.Parser.ParseDelimitedFrom(stream).BodyCase != Frame.BodyOneofCase.Welcome)
            throw new LoadFailureException($"{clientId} was not welcome.");
        for (var from = 0; from < sessions.Length; from += InHand)
        {
            var some = sessions.Slice(from, Math.Min(InHand, sessions.Length - from));
            foreach (var session in some)
                Send(stream, new Frame { Publish = new Publish { SessionId = session, PublishId = 1, Payload = ByteString.CopyFromUtf8("again") } });
            stream.Flush();
            for (var i = 0; i < some.Length; i++)
            {
                var frame = Frame.Parser.ParseDelimitedFrom(stream);
                if (frame.Ack is not { Duplicate: true, Sequence: > 0 })
                    throw new LoadFailureException($"What {clientId} had stored was answered with {frame}.");
            }
        }
        return sessions.Length;
    }

    private static void Send(Stream stream, Frame frame) => frame.WriteDelimitedTo(stream);
}
