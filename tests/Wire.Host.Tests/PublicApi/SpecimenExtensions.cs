namespace Wire.Host.Tests.PublicApi;

/// <summary>For <see cref="ApiListing"/>: attributes and default values.</summary>
public static class SpecimenExtensions
{
    [Obsolete("Only to be listed.")]
    public static void Say(this string text, DayOfWeek day = DayOfWeek.Friday, string quoted = "a\"b")
    {
    }
}
