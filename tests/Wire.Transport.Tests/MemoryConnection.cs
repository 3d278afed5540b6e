using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Wire.Transport.Tests;

/// <summary>
/// A connection in memory. What one side writes runs the other side at once, on the same thread, so that a test knows what the
/// server has done when its own call returns.
/// </summary>
internal sealed class MemoryConnection : ConnectionContext
{
    private static readonly PipeOptions Inline = new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    private readonly Pipe _toServer;
    private readonly Pipe _toClient;
    private readonly TaskCompletionSource _aborted = new();

    public MemoryConnection(long outputThreshold = 64 * 1024)
    {
        _toServer = new Pipe(Inline);
        _toClient = new Pipe(new PipeOptions(
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: outputThreshold,
            resumeWriterThreshold: Math.Max(1, outputThreshold / 2),
            useSynchronizationContext: false));
        Transport = new Duplex(_toServer.Reader, _toClient.Writer);
        Peer = new TestPeer(_toClient.Reader.AsStream(leaveOpen: true), _toServer.Writer.AsStream(leaveOpen: true));
    }

    public TestPeer Peer { get; }

    /// <summary>What the server has sent, for tests that read it by hand.</summary>
    public PipeReader Sent => _toClient.Reader;

    /// <summary>Completes when the server has reset the connection.</summary>
    public Task Aborted => _aborted.Task;

    public override string ConnectionId { get; set; } = "memory";
    public override IFeatureCollection Features { get; } = new FeatureCollection();
    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
    public override IDuplexPipe Transport { get; set; }

    /// <summary>Whether something waits to be read by the client.</summary>
    public bool HasSent()
    {
        if (!Sent.TryRead(out var read))
            return false;
        Sent.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }

    /// <summary>The client closes its sending side.</summary>
    public void FinishSending() => _toServer.Writer.Complete();

    /// <summary>What Kestrel does when the handler has returned.</summary>
    public void Close()
    {
        Transport.Input.Complete();
        Transport.Output.Complete();
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted.TrySetResult();
        _toClient.Reader.Complete(abortReason);
        _toServer.Writer.Complete(abortReason);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
