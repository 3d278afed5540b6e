namespace Wire.Tests.Client;

/// <summary>After this a wait of a test is a hang, whatever the machine.</summary>
internal static class Deadline
{
    public static TimeSpan Of { get; } = TimeSpan.FromSeconds(30);
}
