using Wire.Protocol;

namespace Wire.Transport.Tests.Output;

/// <summary>However an outbox ends, whole frames are what it has sent, and nobody waits for it any more.</summary>
public sealed class OutboxEndTests : OutboxFixture
{
    [Test]
    public async Task An_abort_is_the_last_frame_after_what_has_gathered_and_the_first_one_wins()
    {
        _outbox.Write([9]);
        _outbox.Abort(new Error { Code = ErrorCode.TakenOver, Fatal = true });
        _outbox.Abort(new Error { Code = ErrorCode.IdleTimeout, Fatal = true });
        _outbox.Write([8]);
        Assert.That(_outbox.TryWrite([8]), Is.True, "dropped");
        _outbox.Flush();

        var bytes = Taken();
        Assert.That(bytes[0], Is.EqualTo(9));
        Assert.That(Frame.Parser.ParseDelimitedFrom(new MemoryStream(bytes[1..])).Error.Code, Is.EqualTo(ErrorCode.TakenOver));
        Assert.That(_pipe.Reader.TryRead(out _), Is.False);
        Assert.That(_owner.Aborted, Is.EqualTo(new[] { ErrorCode.TakenOver }));
        Assert.That(_outbox.IsClosed, Is.True);
        Assert.That(await _outbox.EndAsync().WaitAsync(TestPeer.Deadline), Is.True);
        Assert.That(_owner.Closed, Is.EqualTo(1));
    }

    [Test]
    public void However_it_closes_the_owner_is_told_once([Values] Closing closing)
    {
        Clog();
        _outbox.Write([1]);
        Action close = closing switch
        {
            Closing.Abort => () => _outbox.Abort(new Error { Code = ErrorCode.Internal, Fatal = true }),
            Closing.End => () => _ = _outbox.EndAsync(),
            Closing.Break => () => _pipe.Reader.Complete(),
            _ => () => _outbox.Close(),
        };
        close();
        Assert.That(_outbox.IsClosed, Is.True);
        close();
        _outbox.Close();
        _pipe.Reader.Complete();
        Assert.That(_owner.Closed, Is.EqualTo(1));
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public async Task What_is_closed_while_a_flush_waits_ends_with_the_transport()
    {
        Clog();
        _outbox.Write(new byte[Upper]);
        var ended = _outbox.EndAsync();
        _outbox.Close();
        Assert.That(await ended.WaitAsync(TestPeer.Deadline), Is.False);
        _outbox.Write([1]);
        Taken();
        Assert.That(Taken(), Is.Empty);
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public void An_abort_for_want_of_memory_drops_what_no_flush_has_begun_to_send()
    {
        Clog();
        _outbox.Write(new byte[Upper]);
        _outbox.Abort(new Error { Code = ErrorCode.Overloaded, Fatal = true }, dropWaiting: true);
        Taken();
        Assert.That(Frame.Parser.ParseDelimitedFrom(new MemoryStream(Taken())).Error.Code, Is.EqualTo(ErrorCode.Overloaded));
    }

    [Test]
    public void An_abort_for_want_of_memory_leaves_a_frame_whole_that_has_begun_to_go_out()
    {
        var message = TestPeer.Delimited(new Frame { Message = new Message { Payload = Google.Protobuf.ByteString.CopyFrom(new byte[100_000]) } });
        Clog();
        _outbox.Write(message);
        Taken();
        _outbox.Write(message);
        _outbox.Abort(new Error { Code = ErrorCode.Overloaded, Fatal = true }, dropWaiting: true);

        using var all = new MemoryStream();
        for (var bytes = Taken(); bytes.Length > 0; bytes = Taken())
            all.Write(bytes);
        all.Position = 0;
        Assert.That(Frame.Parser.ParseDelimitedFrom(all).Message.Payload, Has.Length.EqualTo(100_000));
        Assert.That(Frame.Parser.ParseDelimitedFrom(all).Error.Code, Is.EqualTo(ErrorCode.Overloaded));
        Assert.That(all.Position, Is.EqualTo(all.Length));
        Assert.That(_budget.Used, Is.Zero);
    }

    [Test]
    public async Task The_end_waits_for_all_that_was_written()
    {
        Clog();
        _outbox.Write([2]);
        var ended = _outbox.EndAsync();
        Assert.That(_outbox.IsClosed, Is.True);
        Taken();
        Assert.That(ended.IsCompleted, Is.False);
        Taken();
        Assert.That(await ended.WaitAsync(TestPeer.Deadline), Is.True);
    }

    [Test]
    public async Task A_peer_that_is_gone_breaks_the_outbox_and_frees_all_who_wait()
    {
        Clog();
        _outbox.Write(new byte[2 * Upper]);
        var reader = _outbox.WaitBelowUpperMarkAsync(default).AsTask();
        var ended = _outbox.EndAsync();
        _pipe.Reader.Complete();

        await reader.WaitAsync(TestPeer.Deadline);
        Assert.That(await ended.WaitAsync(TestPeer.Deadline), Is.False);
        Assert.That(_owner.Broken, Is.EqualTo(1));
        Assert.That(_budget.Used, Is.Zero);
        Assert.That(await _outbox.EndAsync(), Is.False);
        _outbox.Write([1]);
        _outbox.Flush();
        Assert.That(_outbox.WaitingBytes, Is.Zero);
    }

    [Test]
    public void An_output_that_was_completed_with_an_error_breaks_the_outbox()
    {
        _pipe.Writer.Complete(new IOException("gone"));
        _outbox.Write([1]);
        _outbox.Flush();
        Assert.That(_owner.Broken, Is.EqualTo(1));
        Assert.That(_budget.Used, Is.Zero);
    }

    public enum Closing
    {
        Abort,
        End,
        Break,
        Close,
    }
}
