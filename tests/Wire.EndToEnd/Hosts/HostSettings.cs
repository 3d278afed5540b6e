namespace Wire.EndToEnd.Hosts;

/// <summary>The settings that tests give a host, by key, beside the ports and the folder that every host gets.</summary>
internal static class HostSettings
{
    /// <summary>The defaults.</summary>
    internal static IReadOnlyDictionary<string, string> None { get; } = new Dictionary<string, string>();

    /// <summary>Pages and segments so small that files roll several times a second under a test's load.</summary>
    internal static IReadOnlyDictionary<string, string> Tiny { get; } = new Dictionary<string, string>
    {
        ["Wire:Limits:MaxFrameBytes"] = "16384",
        ["Wire:Storage:PageBytes"] = "65536",
        ["Wire:Storage:SegmentBytes"] = "131072",
    };
}
