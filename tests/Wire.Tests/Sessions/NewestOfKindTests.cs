using System.Text;
using Wire.Protocol;
using Wire.Sessions;

namespace Wire.Tests.Sessions;

internal sealed class NewestOfKindTests
{
    [TestCase(Role.Visitor, "somebody", "handover", "Handover")]
    [TestCase(Role.Agent, "somebody", "handover", "Handover")]
    [TestCase(Role.Agent, "somebody", "giveback", "Giveback")]
    [TestCase(Role.System, "$process", "giveback", "Giveback")]
    [TestCase(Role.System, "$process", "state", "")]
    [TestCase(Role.Bot, "$handler", "state", "StateEvent")]
    [TestCase(Role.Visitor, "somebody", "giveback", "")]
    [TestCase(Role.Visitor, "somebody", "state", "")]
    [TestCase(Role.Visitor, "somebody", "anything", "")]
    [TestCase(Role.Agent, "somebody", "state", "AgentMessage")]
    [TestCase(Role.Agent, "somebody", "anything", "AgentMessage")]
    public void An_event_counts_as_what_its_sender_may_make_it(Role role, string sender, string type, string counts)
    {
        var newest = new NewestOfKind();
        newest.Note(5, role, Encoding.UTF8.GetBytes(sender), PayloadKind.Event, Encoding.UTF8.GetBytes($$"""{"a":{"type":"x"},"type":"{{type}}","b":[1,{}]}"""));
        Assert.That(Noted(newest), Is.EqualTo(counts));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"type\":1}")]
    [TestCase("{\"type\":\"handover\"} x")]
    [TestCase("{\"type\":\"\\ud800\"}")]
    [TestCase("\"handover\"")]
    public void Content_that_is_no_such_json_is_an_ordinary_message_of_an_agent(string json)
    {
        var newest = new NewestOfKind();
        newest.Note(5, Role.Agent, "a"u8, PayloadKind.Event, Encoding.UTF8.GetBytes(json));
        Assert.That(Noted(newest), Is.EqualTo("AgentMessage"));
    }

    [Test]
    public void Bytes_that_are_no_text_are_an_ordinary_message()
    {
        var newest = new NewestOfKind();
        newest.Note(5, Role.Agent, "a"u8, PayloadKind.Event, [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]);
        newest.Note(6, Role.Agent, "a"u8, PayloadKind.Event, [.. "{\"type\":\""u8, 0xFF, .. "\"}"u8]);
        Assert.That(newest.AgentMessage, Is.EqualTo(6));
    }

    [Test]
    public void A_message_counts_for_its_role()
    {
        var newest = new NewestOfKind();
        newest.Note(1, Role.Visitor, "v"u8, PayloadKind.Text, "hello"u8);
        newest.Note(2, Role.Agent, "a"u8, PayloadKind.Binary, "hello"u8);
        newest.Note(3, Role.Bot, "$handler"u8, PayloadKind.Text, "hello"u8);
        Assert.That((newest.VisitorMessage, newest.AgentMessage), Is.EqualTo((1ul, 2ul)));
    }

    private static string Noted(NewestOfKind newest) =>
        newest.Handover == 5 ? "Handover" : newest.Giveback == 5 ? "Giveback" : newest.StateEvent == 5 ? "StateEvent"
        : newest.AgentMessage == 5 ? "AgentMessage" : newest.VisitorMessage == 5 ? "VisitorMessage" : "";
}
