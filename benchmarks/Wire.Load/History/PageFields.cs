using System.Text;
using Wire.Load.Frames;

namespace Wire.Load.History;

/// <summary>What of a Page is checked, read in place.</summary>
internal ref struct PageFields
{
    /// <summary>The Fetch that it answers.</summary>
    public uint RequestId;

    /// <summary>The session, as UTF-8.</summary>
    public ReadOnlySpan<byte> SessionId;

    /// <summary>The session's newest sequence.</summary>
    public ulong HeadSequence;

    /// <summary>How many messages it holds.</summary>
    public int Count;

    /// <summary>The sequence of the first and the last of them; only where they were asked for.</summary>
    public ulong First, Last;

    /// <summary>Reads the body of a Page.</summary>
    /// <param name="body">The body.</param>
    /// <param name="checksMessages">Whether the messages are read too, and must follow one another and be of that session.</param>
    public static PageFields Parse(ReadOnlySpan<byte> body, bool checksMessages)
    {
        var page = default(PageFields);
        var reader = new ProtobufReader(body);
        while (reader.TryReadTag(out var tag))
        {
            switch (tag)
            {
                case 1 << 3:
                    page.RequestId = (uint)reader.ReadVarint();
                    break;
                case (2 << 3) | 2:
                    page.SessionId = reader.ReadBytes();
                    break;
                case 4 << 3:
                    page.HeadSequence = reader.ReadVarint();
                    break;
                case (5 << 3) | 2:
                    var message = reader.ReadBytes();
                    if (checksMessages)
                        page.Check(MessageFields.Parse(message));
                    page.Count++;
                    break;
                default:
                    reader.Skip(tag);
                    break;
            }
        }

        return page;
    }

    private void Check(in MessageFields message)
    {
        if (Count > 0 && message.Sequence != Last + 1 || !message.SessionId.SequenceEqual(SessionId))
            throw new LoadFailureException($"A Page of session '{Encoding.UTF8.GetString(SessionId)}' has sequence {message.Sequence} of '{Encoding.UTF8.GetString(message.SessionId)}' behind {Last}.");
        if (Count == 0)
            First = message.Sequence;
        Last = message.Sequence;
    }
}
