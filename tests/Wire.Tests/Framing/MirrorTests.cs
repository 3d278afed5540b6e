using Google.Protobuf.Reflection;
using Wire.Framing;
using Wire.Protocol;

namespace Wire.Tests.Framing;

/// <summary>client_frame.proto beside wire.proto.</summary>
internal sealed class MirrorTests
{
    /// <summary>The bodies that a client may send.</summary>
    public static IReadOnlyList<Frame.BodyOneofCase> ClientBodies { get; } =
    [
        Frame.BodyOneofCase.Hello, Frame.BodyOneofCase.Publish, Frame.BodyOneofCase.Subscribe, Frame.BodyOneofCase.Unsubscribe,
        Frame.BodyOneofCase.Fetch, Frame.BodyOneofCase.Ping, Frame.BodyOneofCase.Pong, Frame.BodyOneofCase.Stop, Frame.BodyOneofCase.Signal,
    ];

    [Test]
    public void The_bodies_are_the_same()
        => Assert.That(Bodies(ClientFrame.Descriptor), Is.EqualTo(Bodies(Frame.Descriptor)));

    [TestCaseSource(nameof(ClientBodies))]
    public void A_body_of_a_client_differs_only_in_texts_being_bytes(Frame.BodyOneofCase body)
    {
        var mirror = ClientFrame.Descriptor.FindFieldByNumber((int)body).MessageType;
        var original = Frame.Descriptor.FindFieldByNumber((int)body).MessageType;
        Assert.That(Fields(mirror, FieldType.Bytes), Is.EqualTo(Fields(original, FieldType.Bytes)));
        Assert.That(mirror == original || mirror.Fields.InDeclarationOrder().All(field => field.FieldType != FieldType.String), Is.True);
    }

    [Test]
    public void A_body_of_the_server_is_nothing_but_its_number()
    {
        var others = ClientFrame.Descriptor.Fields.InDeclarationOrder().Where(field => !ClientBodies.Contains((Frame.BodyOneofCase)field.FieldNumber));
        Assert.That(others.Select(field => field.MessageType), Is.All.EqualTo(ServerBody.Descriptor));
    }

    private static IEnumerable<string> Bodies(MessageDescriptor type)
        => type.Fields.InDeclarationOrder().Select(field => $"{field.FieldNumber} {field.Name}");

    private static IEnumerable<string> Fields(MessageDescriptor type, FieldType text) => type.Fields.InDeclarationOrder().Select(field =>
        $"{field.FieldNumber} {field.Name} {(field.FieldType == FieldType.String ? text : field.FieldType)} {field.HasPresence} "
        + (field.FieldType == FieldType.Enum ? field.EnumType.FullName : ""));
}
