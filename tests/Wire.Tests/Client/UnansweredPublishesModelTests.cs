using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Wire.Client;
using Wire.Protocol;

namespace Wire.Tests.Client;

/// <summary>
/// The bookkeeping of publishes against a server made of the protocol's rules: whatever is lost on either way, refused or
/// cancelled, each publish is stored once and in order, or its caller holds the refusal.
/// </summary>
internal sealed class UnansweredPublishesModelTests
{
    private const int Window = 5;
    private const int MaxFrameBytes = 200;

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public Property Each_publish_is_stored_once_and_in_order_or_refused()
    {
        var scripts = Gen.Choose(0, byte.MaxValue).ListOf().ToArbitrary();
        return Prop.ForAll(scripts, script =>
        {
            var world = new World();
            foreach (var step in script)
                world.Step((byte)step);
            world.Finish();
        });
    }

    private sealed class Call(int session, Task<PublishResult> task, CancellationTokenSource? cancellation, bool isTooLarge)
    {
        public int Session => session;

        public Task<PublishResult> Task => task;

        public bool IsTooLarge => isTooLarge;

        public bool WasCancelledUnsent { get; private set; }

        public void Cancel(bool isUnsent)
        {
            if (cancellation is null || cancellation.IsCancellationRequested)
                return;
            WasCancelledUnsent = isUnsent;
            cancellation.Cancel();
        }
    }

    private sealed class Told : TaskCompletionSource<PublishResult>
    {
        public ulong Id { get; set; }
    }

    private sealed class World
    {
        private static readonly string[] Sessions = ["a", "b", "c"];

        private readonly UnansweredPublishes _client = new(
            new WireClientOptions { ClientId = "c", MaxUnanswered = Window, DefaultDurability = Durability.Disk });
        private readonly List<Call> _calls = [];
        private readonly Queue<Publish> _toServer = new();
        private readonly Queue<Frame> _toClient = new();
        private readonly List<int>[] _stored = [[], [], []];
        private readonly ulong[] _highest = new ulong[3];
        private readonly HashSet<int> _everSent = [];
        private readonly HashSet<int> _refused = [];
        private readonly PublishPipeline[] _pipelines;
        private readonly Queue<Told>[] _pipelined = [new(), new(), new()];

        public World()
        {
            _pipelines = [.. Enumerable.Range(0, 3).Select(session => _client.Open(
                Sessions[session],
                Encoding.UTF8.GetBytes(Sessions[session]),
                new WirePublisherOptions { OnAnswer = answer => Told(session, answer) }))];
            _client.Connected(MaxFrameBytes);
        }

        public void Step(byte step)
        {
            var operand = step >> 3;
            switch (step & 7)
            {
                case 0 or 1:
                    Publish(operand % 3, operand % 2 == 1, isConditional: operand % 7 == 6, isTooLarge: operand > 29);
                    break;
                case 2:
                    Write(limit: operand * 8);
                    break;
                case 3:
                    Serve(operand);
                    break;
                case 4:
                    Deliver(operand);
                    break;
                case 5:
                    Cancel(operand);
                    break;
                case 6:
                    Write(int.MaxValue);
                    break;
                default:
                    Lose(served: operand);
                    break;
            }
        }

        public void Finish()
        {
            for (var i = 0; i <= 4 * _calls.Count; i++)
            {
                Write(int.MaxValue);
                Serve(int.MaxValue);
                Deliver(int.MaxValue);
            }
            Assert.That(_client.IsWireClear && !_client.HasWaiting, Is.True);

            for (var i = 0; i < _calls.Count; i++)
            {
                var call = _calls[i];
                Assert.That(((IAsyncResult)call.Task).AsyncWaitHandle.WaitOne(Deadline.Of), Is.True, $"publish {i} was answered");
                var places = _stored[call.Session].Index().Where(stored => stored.Item == i).ToList();
                if (call.WasCancelledUnsent || call.IsTooLarge || _refused.Contains(i))
                {
                    Assert.That(places, Is.Empty, $"publish {i} is not stored");
                    Assert.That(call.Task.IsCompletedSuccessfully, Is.False);
                    continue;
                }

                Assert.That(places, Has.Count.EqualTo(1), $"publish {i} is stored once");
                if (!call.Task.IsCompletedSuccessfully)
                {
                    Assert.That(call.Task.IsCanceled || call.Task.Exception!.InnerException is OperationCanceledException, Is.True);
                    continue;
                }
                var (own, said) = ((ulong)places[0].Index + 1, call.Task.Result);
                Assert.That(said.Sequence, said.Duplicate ? Is.GreaterThanOrEqualTo(own) : Is.EqualTo(own));
            }
            foreach (var pipeline in _pipelines)
            {
                Assert.That(pipeline.Unanswered, Is.Zero);
                Assert.That(pipeline.Memory.Bytes, Is.Zero, "its memory is back");
                _ = _client.FlushAsync(pipeline, CancellationToken.None).IsCompleted ? 0 : throw new AssertionException("a flush hangs");
            }
            Assert.That(_stored, Is.All.Ordered.Ascending, "in the order of the calls");
        }

        private void Publish(int session, bool isPipelined, bool isConditional, bool isTooLarge)
        {
            var number = _calls.Count;
            var cancellation = new CancellationTokenSource();
            var options = isConditional ? new PublishOptions { ExpectedHead = (ulong)_stored[session].Count } : PublishOptions.Default;
            var payload = Encoding.UTF8.GetBytes($"{number}".PadRight(isTooLarge ? MaxFrameBytes + 1 : 0));
            var utf8 = Encoding.UTF8.GetBytes(Sessions[session]);
            if (isPipelined)
            {
                var told = new Told();
                try
                {
                    Assert.That(_client.TryAdd(_pipelines[session], payload, options, out var id), Is.True);
                    told.Id = id;
                    _pipelined[session].Enqueue(told);
                }
                catch (WirePublishException exception)
                {
                    told.SetException(exception);
                }
                _calls.Add(new Call(session, told.Task, null, isTooLarge));
                return;
            }
            var task = _client.Add(Sessions[session], utf8, payload, options, cancellation.Token).AsTask();
            _calls.Add(new Call(session, task, cancellation, isTooLarge));
        }

        // In the order of the calls, and each one once.
        private void Told(int session, PublishAnswer answer)
        {
            for (var i = 0; i < answer.Count; i++)
            {
                var told = _pipelined[session].Dequeue();
                Assert.That(told.Id, Is.InRange(answer.FirstPublishId, answer.LastPublishId));
                if (answer.Refusal is { } refusal)
                    told.SetException(refusal);
                else
                    told.SetResult(new PublishResult(
                        answer.Duplicate ? answer.Sequence : answer.FirstSequence + (ulong)i, told.Id, answer.Duplicate, answer.Durability));
            }
        }

        private void Write(int limit)
        {
            var output = new ArrayBufferWriter<byte>();
            _client.WriteTo(output, limit, MaxFrameBytes);
            using var stream = new MemoryStream(output.WrittenMemory.ToArray());
            while (stream.Position < stream.Length)
            {
                var publish = Frame.Parser.ParseDelimitedFrom(stream).Publish;
                Assert.That(
                    _toServer.Where(other => other.SessionId == publish.SessionId).LastOrDefault()?.HasExpectedHead,
                    Is.Not.True,
                    "nothing follows a conditional publish that is not answered");
                _everSent.Add(NumberOf(publish));
                _toServer.Enqueue(publish);
            }
            Assert.That(_toServer.Count + _toClient.Sum(AnsweredBy), Is.LessThanOrEqualTo(Window));
        }

        private void Serve(int count)
        {
            while (count-- > 0 && _toServer.TryDequeue(out var publish))
            {
                var session = Array.IndexOf(Sessions, publish.SessionId);
                if (publish.PublishId <= _highest[session])
                {
                    _toClient.Enqueue(Frames.Ack(publish, (ulong)_stored[session].Count, duplicate: true));
                }
                else if (publish.HasExpectedHead && publish.ExpectedHead != (ulong)_stored[session].Count)
                {
                    _refused.Add(NumberOf(publish));
                    _toClient.Enqueue(Frames.Refusal(publish, ErrorCode.Conflict, (ulong)_stored[session].Count));
                }
                else
                {
                    _highest[session] = publish.PublishId;
                    _stored[session].Add(NumberOf(publish));
                    Acknowledge(publish, (ulong)_stored[session].Count);
                }
            }
        }

        // Into the range before it, where the protocol lets it.
        private void Acknowledge(Publish publish, ulong sequence)
        {
            var last = _toClient.LastOrDefault(frame => SessionOf(frame) == publish.SessionId)?.Ack;
            if (last is { Duplicate: false } && last.Sequence + 1 == sequence)
            {
                last.Sequence++;
                last.Count++;
                last.PublishId = publish.PublishId;
                return;
            }
            _toClient.Enqueue(Frames.Ack(publish, sequence));
        }

        private void Deliver(int count)
        {
            while (count-- > 0 && _toClient.TryDequeue(out var frame))
            {
                var violation = frame.Ack is { } ack
                    ? _client.Acknowledge(
                        Encoding.UTF8.GetBytes(ack.SessionId), ack.PublishId, ack.Sequence, ack.Count, ack.Duplicate, ack.Durability)
                    : _client.Refuse(Encoding.UTF8.GetBytes(frame.Error.SessionId), frame.Error);
                Assert.That(violation, Is.Null);
                _client.AnswersTaken();
            }
        }

        private void Cancel(int operand)
        {
            if (_calls.Count > 0)
            {
                var number = _calls.Count - 1 - (operand % _calls.Count);
                _calls[number].Cancel(isUnsent: !_everSent.Contains(number));
            }
        }

        private void Lose(int served)
        {
            Serve(served);
            _toServer.Clear();
            _toClient.Clear();
            _client.ConnectionLost();
            _client.Connected(MaxFrameBytes);
        }

        private static string SessionOf(Frame frame) => frame.Ack?.SessionId ?? frame.Error.SessionId;

        private static int AnsweredBy(Frame frame) => (int)(frame.Ack?.Count ?? 1);

        private static int NumberOf(Publish publish) => int.Parse(publish.Payload.ToStringUtf8());
    }
}
