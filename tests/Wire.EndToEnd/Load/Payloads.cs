using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Wire.EndToEnd.Load;

/// <summary>Payloads that say whose they are: derived from producer, session and publish_id, so that any alteration shows.</summary>
internal static class Payloads
{
    /// <summary>Between 16 and some 500 bytes, always the same for the same publish.</summary>
    internal static ByteString Of(string client, string session, ulong publishId)
    {
        Span<byte> seed = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{client}|{session}|{publishId}"), seed);
        var payload = new byte[16 + (seed[0] + seed[1])];
        for (var i = 0; i < payload.Length; i++)
        {
            payload[i] = (byte)(seed[i % seed.Length] + i);
        }

        return ByteString.CopyFrom(payload);
    }
}
