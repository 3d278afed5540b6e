namespace Wire.Storage.Inspection;

/// <summary>Some consecutive pages of one file: their bytes and what was found in them. Used again for another range when it was looked at.</summary>
internal sealed class ScannedRange
{
    public InspectedFile File { get; set; } = null!;

    /// <summary>The address of the first byte.</summary>
    public long From { get; set; }

    /// <summary>Bytes of the range.</summary>
    public int Length { get; set; }

    public byte[] Buffer { get; set; } = [];

    public List<ScannedRecord> Records { get; } = [];

    public List<ScannedBreak> Breaks { get; } = [];

    /// <summary>Whether the file was gone when it was to be read.</summary>
    public bool IsGone { get; set; }

    public ReadOnlySpan<byte> Bytes(in ScannedRecord record) => Buffer.AsSpan(record.Offset, record.Length);
}
