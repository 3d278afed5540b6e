using Wire.Framing;

namespace Wire.Sessions;

/// <summary>
/// Writes a session's state as the body of a checkpoint (session_checkpoint.proto), byte for byte as the generated code does,
/// without an object for each producer: a busy session gets one every 256 runs.
/// </summary>
internal static class SessionCheckpointWriter
{
    private const byte Head = 1 << 3, LastId = 2 << 3, LastTimestamp = (3 << 3) | 1, Ancestor = (4 << 3) | 2, Producer = (5 << 3) | 2,
        Handover = 6 << 3, Giveback = 7 << 3, AgentMessage = 8 << 3, VisitorMessage = 9 << 3, StateEvent = 10 << 3,
        StatePayload = (11 << 3) | 2, First = 12 << 3;

    private const byte LinkNumber = 1 << 3, LinkAddress = 2 << 3;

    private const byte ProducerClient = (1 << 3) | 2, ProducerPublishId = 2 << 3, ProducerSequence = 3 << 3;

    /// <summary>The bytes that <see cref="Write"/> writes.</summary>
    public static int Size(Session session)
    {
        ref readonly var newest = ref session.Newest;
        var size = FieldWriter.VarintSize(session.Head) + FieldWriter.VarintSize((ulong)session.LastPackedId)
            + FieldWriter.Fixed64Size((ulong)session.LastTimestamp) + FieldWriter.VarintSize(newest.Handover)
            + FieldWriter.VarintSize(newest.Giveback) + FieldWriter.VarintSize(newest.AgentMessage)
            + FieldWriter.VarintSize(newest.VisitorMessage) + FieldWriter.VarintSize(newest.StateEvent)
            + FieldWriter.BytesSize(newest.StateEventPayload?.Length ?? 0) + FieldWriter.VarintSize(session.First);
        foreach (var link in session.Chain.Ancestors)
            size += FieldWriter.LengthDelimitedSize(SizeOf(link));
        foreach (var producer in session.Producers.All)
            size += FieldWriter.LengthDelimitedSize(SizeOf(producer));
        return size;
    }

    public static void Write(Span<byte> destination, Session session)
    {
        ref readonly var newest = ref session.Newest;
        var writer = new FieldWriter(destination);
        writer.Varint64(Head, session.Head);
        writer.Varint64(LastId, (ulong)session.LastPackedId);
        writer.Fixed64(LastTimestamp, (ulong)session.LastTimestamp);
        foreach (var link in session.Chain.Ancestors)
        {
            writer.LengthDelimited(Ancestor, SizeOf(link));
            writer.Varint64(LinkNumber, (ulong)link.RunNumber);
            writer.Varint64(LinkAddress, (ulong)link.Address);
        }
        foreach (var producer in session.Producers.All)
        {
            writer.LengthDelimited(Producer, SizeOf(producer));
            writer.Bytes(ProducerClient, producer.ClientId);
            writer.Varint64(ProducerPublishId, producer.PublishId);
            writer.Varint64(ProducerSequence, producer.Sequence);
        }
        writer.Varint64(Handover, newest.Handover);
        writer.Varint64(Giveback, newest.Giveback);
        writer.Varint64(AgentMessage, newest.AgentMessage);
        writer.Varint64(VisitorMessage, newest.VisitorMessage);
        writer.Varint64(StateEvent, newest.StateEvent);
        writer.Bytes(StatePayload, newest.StateEventPayload);
        writer.Varint64(First, session.First);
    }

    private static int SizeOf(SessionChain.Link link) => FieldWriter.VarintSize((ulong)link.RunNumber) + FieldWriter.VarintSize((ulong)link.Address);

    private static int SizeOf(ProducerTable.Producer producer) =>
        FieldWriter.BytesSize(producer.ClientId.Length) + FieldWriter.VarintSize(producer.PublishId) + FieldWriter.VarintSize(producer.Sequence);
}
