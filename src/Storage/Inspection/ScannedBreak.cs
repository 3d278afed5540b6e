namespace Wire.Storage.Inspection;

/// <summary>A place where an entry should begin, or a page be unused, and neither is so.</summary>
/// <param name="Address">Where.</param>
/// <param name="Reason">What is there, as a sentence.</param>
/// <param name="Version">The version of the whole record that is there, where only a newer program can read it.</param>
internal readonly record struct ScannedBreak(long Address, string Reason, int? Version);
