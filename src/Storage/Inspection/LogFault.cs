namespace Wire.Storage.Inspection;

/// <summary>Something that is not as it was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">The offset in it.</param>
/// <param name="Address">The address in the log; null where the fault is not in its pages.</param>
/// <param name="Reason">What is wrong, as a sentence.</param>
internal sealed record LogFault(string Path, long Offset, long? Address, string Reason)
{
    public override string ToString() => Address is { } address
        ? $"{Path}, offset {Offset}, address {address:x16}: {Reason}"
        : $"{Path}, offset {Offset}: {Reason}";
}
