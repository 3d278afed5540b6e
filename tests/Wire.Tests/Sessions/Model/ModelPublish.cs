using System.Text;
using Google.Protobuf;
using Wire.Protocol;

namespace Wire.Tests.Sessions.Model;

/// <summary>One publish of a client, and what became of it.</summary>
internal sealed class ModelPublish(string client, string session, ulong id, Durability durability, int size, ulong? expectedHead)
{
    public string Session => session;
    public ulong Id => id;
    public Durability Durability => durability;
    public ulong? ExpectedHead => expectedHead;
    public bool IsValid => durability is Durability.Disk or Durability.Memory;

    public PublishOutcome Outcome { get; set; }

    /// <summary>The sequence that its Ack named; of a duplicate the newest of the pair.</summary>
    public ulong Sequence { get; set; }

    /// <summary>How many crashes there had been when it was answered.</summary>
    public int Crashes { get; set; }

    public byte[] Payload { get; } = Encoding.UTF8.GetBytes($"{client} {session} {id} ".PadRight(size, '.'));

    public Frame Frame
    {
        get
        {
            var publish = new Publish { SessionId = session, PublishId = id, Durability = durability, Payload = ByteString.CopyFrom(Payload) };
            if (expectedHead is { } head)
                publish.ExpectedHead = head;
            return new Frame { Publish = publish };
        }
    }

    public override string ToString() => $"{client} {session} {id} {durability}{(expectedHead is { } head ? $" on {head}" : "")}: {Outcome} {Sequence}";
}

internal enum PublishOutcome
{
    Unanswered,
    Stored,
    Duplicate,
    Refused,
}
