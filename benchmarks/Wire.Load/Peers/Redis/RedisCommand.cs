using System.Globalization;
using System.Text;

namespace Wire.Load.Peers.Redis;

/// <summary>Writes a command as Redis reads it: an array of strings.</summary>
internal static class RedisCommand
{
    /// <summary>A command of words.</summary>
    public static byte[] Encode(params IEnumerable<string> words) => Encode(words.Select(Encoding.UTF8.GetBytes).ToArray());

    /// <summary>A command of bytes.</summary>
    public static byte[] Encode(params byte[][] words)
    {
        using var command = new MemoryStream();
        Write($"*{words.Length}\r\n");
        foreach (var word in words)
        {
            Write($"${word.Length}\r\n");
            command.Write(word);
            command.Write("\r\n"u8);
        }

        return command.ToArray();

        void Write(FormattableString text) => command.Write(Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture)));
    }
}
