using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Wire.Storage.Compaction;

/// <summary>
/// The encryption of a cold file's blocks: AES-256-GCM under a data key of the file's own, which its salt, drawn when it is written,
/// makes. Nonce: the block's number, u32, and eight zeros; associated data: its address and its length in the log, so that no
/// block can stand for another. The tag, 16 bytes, is at the end of the block.
/// </summary>
internal static class ColdCipher
{
    public const int TagBytes = 16;
    const int NonceBytes = 12, AssociatedBytes = 12;

    /// <summary>Encrypts in place; the last bytes of <paramref name="block"/> become the tag.</summary>
    public static void Encrypt(AesGcm cipher, int number, long address, int bytes, Span<byte> block)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes], associated = stackalloc byte[AssociatedBytes];
        Fill(number, address, bytes, nonce, associated);
        cipher.Encrypt(nonce, block[..^TagBytes], block[..^TagBytes], block[^TagBytes..], associated);
    }

    /// <summary>Decrypts in place, all but the tag at the end.</summary>
    public static bool TryDecrypt(AesGcm cipher, int number, in ColdIndex.Block block, Span<byte> stored)
    {
        if (stored.Length < TagBytes)
            return false;
        Span<byte> nonce = stackalloc byte[NonceBytes], associated = stackalloc byte[AssociatedBytes];
        Fill(number, block.Address, block.Bytes, nonce, associated);
        try
        {
            cipher.Decrypt(nonce, stored[..^TagBytes], stored[^TagBytes..], stored[..^TagBytes], associated);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        return true;
    }

    static void Fill(int number, long address, int bytes, Span<byte> nonce, Span<byte> associated)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(nonce, number);
        BinaryPrimitives.WriteInt64LittleEndian(associated, address);
        BinaryPrimitives.WriteInt32LittleEndian(associated[8..], bytes);
    }
}
