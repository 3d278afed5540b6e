using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Wire.Protocol;

namespace Wire.Tests.Protocol;

internal sealed class IdRulesTests
{
    [TestCase("a", true)]
    [TestCase("visitor-7/phone", true)]
    [TestCase("~ !", true)]
    [TestCase("会话-17/手机", true)]
    [TestCase("😀", true)]
    [TestCase("\u00A0", true)]
    [TestCase("¿qué?", true)]
    [TestCase("", false)]
    [TestCase("\u0000", false)]
    [TestCase("a\nb", false)]
    [TestCase("a\u001F", false)]
    [TestCase("a\u007F", false)]
    [TestCase("\u0080", false)]
    [TestCase("会\u009F话", false)]
    [TestCase("会\u0085", false)]
    [TestCase("会话\u0007", false)]
    [TestCase("会话\u007F", false)]
    public void An_id_is_text_without_control_characters(string id, bool valid)
        => Assert.That(IdRules.IsValid(Encoding.UTF8.GetBytes(id)), Is.EqualTo(valid));

    [TestCase("C3", TestName = "A character that is cut is no text")]
    [TestCase("C2", TestName = "A lead of a control character that is cut is no text")]
    [TestCase("C328", TestName = "A lead without its continuation is no text")]
    [TestCase("80", TestName = "A continuation without its lead is no text")]
    [TestCase("C080", TestName = "A zero in two bytes is no text")]
    [TestCase("EDA080", TestName = "A surrogate is no text")]
    [TestCase("F4908080", TestName = "What lies beyond Unicode is no text")]
    [TestCase("FF", TestName = "A byte that UTF-8 never has is no text")]
    public void An_id_is_valid_utf8(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.That(IdRules.IsValid(bytes), Is.False);
        Assert.That(IdRules.IsValid([.. "a long enough id to fill a vector "u8, .. bytes]), Is.False);
    }

    [Test]
    public void An_id_has_1_to_128_bytes()
    {
        Assert.Multiple(() =>
        {
            for (var length = 0; length <= 300; length++)
                Assert.That(IdRules.IsValid(Encoding.UTF8.GetBytes(new string('x', length))), Is.EqualTo(length is >= 1 and <= 128));
        });
        Assert.That(IdRules.IsValid(Encoding.UTF8.GetBytes(new string('会', 42) + "ab")), Is.True);
        Assert.That(IdRules.IsValid(Encoding.UTF8.GetBytes(new string('会', 43))), Is.False);
    }

    [Test]
    public void Every_byte_counts_at_every_place_of_every_length()
    {
        var wrong = new List<string>();
        for (var length = 1; length <= ProtocolLimits.MaxIdBytes; length++)
        {
            var id = new byte[length];
            for (var at = 0; at < length; at++)
            {
                foreach (var value in new byte[] { 0x00, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0xFF })
                {
                    id.AsSpan().Fill((byte)'x');
                    id[at] = value;
                    if (IdRules.IsValid(id) != value is 0x20 or 0x7E)
                        wrong.Add($"{value:X2} at {at} of {length}");
                }
            }
        }
        Assert.That(wrong, Is.Empty);
    }

    [FsCheck.NUnit.Property(MaxTest = 5000)]
    public Property Any_bytes_are_judged_as_by_the_text_that_they_decode_to()
        => Prop.ForAll(Bytes(), bytes => Assert.That(IdRules.IsValid(bytes), Is.EqualTo(IsValidByDecoding(bytes))));

    private static bool IsValidByDecoding(byte[] bytes)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return bytes.Length is >= 1 and <= 128 && !text.Any(char.IsControl);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    private static Arbitrary<byte[]> Bytes()
    {
        // Bytes at the borders of what UTF-8 and the controls change at; valid text comes about often enough.
        var pieces = Gen.Elements<byte[]>(
            [0x61], [0x7E], [0xC2, 0x9F], [0xC2, 0xA0], [0xC3, 0x80], [0xE4, 0xBC, 0x9A], [0xF0, 0x9F, 0x98, 0x80], [0x7F], [0x1F], [0xC2], [0x80]);
        return Gen.Frequency(
            (4, Gen.Choose(0, 6).SelectMany(count => Gen.ArrayOf(pieces, count))),
            (1, Gen.Choose(0, 60).SelectMany(count => Gen.ArrayOf(pieces, count))))
            .Select(parts => parts.SelectMany(part => part).ToArray())
            .ToArbitrary();
    }
}
