namespace Wire.Host.Tests.PublicApi;

/// <summary>For <see cref="ApiListing"/>: what the compiler adds to a record is not listed.</summary>
public readonly record struct SpecimenRecord(int Number, string Name);
