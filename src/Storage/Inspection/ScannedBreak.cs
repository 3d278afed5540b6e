namespace Wire.Storage.Inspection;

/// <summary>A place where an entry should begin, or a page be unused, and neither is so.</summary>
/// <param name="Address">Where.</param>
/// <param name="Reason">What is there, as a sentence.</param>
/// <param name="IsUnreadable">Whether it is because a part of the page could not be read; it reads as zeros.</param>
/// <param name="Version">The version of the whole record that is there, where only a newer program can read it.</param>
internal readonly record struct ScannedBreak(long Address, string Reason, bool IsUnreadable, int? Version);
