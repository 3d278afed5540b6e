namespace Wire.Host;

/// <summary>The log's encryption at rest: <c>Wire:Storage:Encryption</c>.</summary>
public sealed class EncryptionOptions
{
    /// <summary>
    /// The file with the keys, a line for each: a number from 1 on, and 32 random bytes in base64. The key with the highest number
    /// encrypts what is stored from the next start on, all of them read. Default: null, nothing is encrypted.
    /// </summary>
    public string? KeyFile { get; set; }

    /// <summary>Whether what is stored is encrypted, where there is a <see cref="KeyFile"/>; false: its keys only read. Default: true.</summary>
    public bool Enabled { get; set; } = true;
}
