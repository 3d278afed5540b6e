namespace Wire.Host.Tests.PublicApi;

/// <summary>For <see cref="ApiListing"/>.</summary>
public delegate bool SpecimenCall(ref int x);
