using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Wire.Tests.Framing;

/// <summary>Random protobuf messages of any type, with values at the borders of what varints and lengths change at.</summary>
internal static class RandomMessages
{
    private static readonly string[] Words = ["a", "visitor-7/phone", "会话", "你好，我想订一间房。", "\u0000\u001F", "😀", "\u0085 "];

    /// <summary>A message in which each field is set two times in three.</summary>
    public static IMessage Create(MessageDescriptor type, Random random)
    {
        var message = type.Parser.ParseFrom([]);
        var fields = type.Oneofs.Count > 0 && !type.Oneofs[0].IsSynthetic
            ? [type.Fields.InDeclarationOrder()[random.Next(type.Fields.InDeclarationOrder().Count)]]
            : type.Fields.InDeclarationOrder();
        foreach (var field in fields)
        {
            if (fields.Count > 1 && random.Next(3) == 0)
                continue;
            if (field.IsRepeated)
                Fill((System.Collections.IList)field.Accessor.GetValue(message), field, random);
            else
                field.Accessor.SetValue(message, Value(field, random));
        }
        return message;
    }

    public static ulong UInt64(Random random)
    {
        var bits = random.Next(65);
        var value = bits == 64 ? ulong.MaxValue : 1UL << bits;
        return random.Next(3) switch
        {
            0 => value,
            1 => value - 1,
            _ => value & (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        };
    }

    private static void Fill(System.Collections.IList list, FieldDescriptor field, Random random)
    {
        for (var i = random.Next(4); i > 0; i--)
            list.Add(Value(field, random));
    }

    private static object Value(FieldDescriptor field, Random random) => field.FieldType switch
    {
        FieldType.String => Text(random),
        FieldType.Bytes => ByteString.CopyFrom(Bytes(random)),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.UInt32 => (uint)UInt64(random),
        FieldType.UInt64 or FieldType.Fixed64 => UInt64(random),
        FieldType.SFixed64 => (long)UInt64(random),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(4) == 0 ? (int)UInt64(random) : random.Next(6)),
        FieldType.Message => Create(field.MessageType, random),
        _ => throw new NotSupportedException($"{field.FullName} is a {field.FieldType}."),
    };

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var i = random.Next(4); i > 0; i--)
            text.Append(Words[random.Next(Words.Length)]);
        if (random.Next(10) == 0)
            text.Append('x', random.Next(400));
        return text.ToString();
    }

    private static byte[] Bytes(Random random)
    {
        var length = random.Next(10) switch
        {
            0 => random.Next(20_000),
            1 => random.Next(120, 140),
            _ => random.Next(70),
        };
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
