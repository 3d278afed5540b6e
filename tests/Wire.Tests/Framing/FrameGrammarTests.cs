using Google.Protobuf;
using Wire.Framing;

namespace Wire.Tests.Framing;

internal sealed class FrameGrammarTests
{
    // Depths are those of groups within a publish; each is 1B, and its end 1C.
    private const int DeepestGroup = 98;

    [TestCase("", true, TestName = "An empty frame is one")]
    [TestCase("0F00", false, TestName = "The wire type 7 is none")]
    [TestCase("0E00", false, TestName = "The wire type 6 is none")]
    [TestCase("0001", false, TestName = "The field 0 is none")]
    [TestCase("808080808080808080800100", false, TestName = "A tag of more than ten bytes is none")]
    [TestCase("8880808080808080800001", true, TestName = "A tag of ten bytes is one")]
    [TestCase("8080808010", false, TestName = "A tag of which the low 32 bits are 0 is none")]
    [TestCase("808080800800", true, TestName = "A tag of 32 bits is one")]
    [TestCase("1A8080808008", false, TestName = "A body of a length of 32 bits is refused")]
    [TestCase("1C", false, TestName = "A group's end without its start is refused")]
    [TestCase("1B", false, TestName = "A group without its end is refused")]
    [TestCase("1B24", false, TestName = "A group with another's end is refused")]
    [TestCase("1B2324", false, TestName = "A group that ends within another is refused")]
    [TestCase("1B23241C", true, TestName = "A group within a group is one")]
    [TestCase("FB07FC07", true, TestName = "An unknown group is one")]
    [TestCase("1B9C808000", true, TestName = "A group's end may be longer than it need be")]
    [TestCase("1A021B1C", true, TestName = "A group in a body is one")]
    [TestCase("1A011C", false, TestName = "A group's end in a body is refused")]
    [TestCase("1D000000", false, TestName = "Four bytes of which one is missing are refused")]
    [TestCase("1900000000000000", false, TestName = "Eight bytes of which one is missing are refused")]
    [TestCase("1AFFFFFFFF07", false, TestName = "A body of the largest int is refused")]
    [TestCase("72FFFFFFFF071AFFFF1AFFFF080E1201640B", false, TestName = "A body of the largest int with bytes after it is refused")]
    [TestCase("1AFFFFFFFF0F00", false, TestName = "A body of a negative length is refused")]
    [TestCase("1A808080808001", true, TestName = "Of a length the low 32 bits count")]
    [TestCase("FA07FFFFFFFF07", false, TestName = "An unknown field of the largest int is refused")]
    [TestCase("52022A00", true, TestName = "A page with an empty message is one")]
    [TestCase("52032A0108", false, TestName = "A page with a message that is cut is refused")]
    [TestCase("4203320108", true, TestName = "A message with bytes where another has a message is one")]
    public void The_grammar_is_that_of_Protobuf(string hex, bool accepted)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.That(FrameGrammar.Accepts(bytes), Is.EqualTo(accepted));
        Assert.That(Outcome.Parse(bytes) is not null, Is.EqualTo(accepted));
    }

    [Test]
    public void Groups_are_accepted_as_deep_as_the_generated_parser_goes_which_then_does_not_throw()
    {
        var deepest = Nested(DeepestGroup);
        Assert.That(FrameGrammar.Accepts(deepest), Is.True);
        Assert.That(() => ClientFrame.Parser.WithDiscardUnknownFields(true).ParseFrom(deepest), Throws.Nothing);
        Assert.That(FrameGrammar.Accepts(Nested(DeepestGroup + 1)), Is.False);
        Assert.That(
            () => ClientFrame.Parser.WithDiscardUnknownFields(true).ParseFrom(Nested(DeepestGroup + 1)),
            Throws.InstanceOf<InvalidProtocolBufferException>());
    }

    [Test]
    public void A_million_nested_groups_do_not_exhaust_the_stack()
        => Assert.That(FrameGrammar.Accepts(Enumerable.Repeat((byte)0x1B, 1_000_000).ToArray()), Is.False);

    [TestCase("FA0700", TestName = "Unknown bytes cost no memory")]
    [TestCase("FB07FC07", TestName = "Unknown groups cost no memory")]
    [TestCase("F80701", TestName = "Unknown numbers cost no memory")]
    public void What_a_server_does_not_know_costs_no_memory(string hex)
    {
        var field = Convert.FromHexString(hex);
        AssertParsesCheaply([.. Enumerable.Repeat(field, 30_000).SelectMany(bytes => bytes)], 1000);
    }

    [Test]
    public void A_page_of_a_client_costs_no_object_for_a_message()
    {
        var messages = Enumerable.Repeat(new byte[] { 0x2A, 0x00 }, 50_000).SelectMany(bytes => bytes).ToArray();
        using var stream = new MemoryStream();
        stream.WriteByte(0x52);
        stream.Write(Streams.Delimited(messages));
        AssertParsesCheaply(stream.ToArray(), 1000);
    }

    private static void AssertParsesCheaply(byte[] frame, long mostBytes)
    {
        var delimited = Streams.Delimited(frame);
        var scratch = new FrameScratch();
        for (var warm = 0; warm < 2; warm++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var reader = new FrameReader(new(delimited), delimited.Length, scratch);
            Assume.That(reader.Read(out _), Is.EqualTo(FrameStatus.Other));
            before = GC.GetAllocatedBytesForCurrentThread();
            var parsed = reader.TryParse(out _);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(parsed, Is.True);
            if (warm == 1)
                Assert.That(allocated, Is.LessThan(mostBytes));
        }
    }

    private static byte[] Nested(int groups)
        => [0x1A, .. Streams.Delimited([.. Enumerable.Repeat((byte)0x1B, groups), .. Enumerable.Repeat((byte)0x1C, groups)])];
}
