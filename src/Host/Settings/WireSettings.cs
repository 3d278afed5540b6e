using Microsoft.Extensions.Configuration;
using Wire.Storage;

namespace Wire.Host.Settings;

/// <summary>
/// The keys of the section <c>Wire</c>, all of them. A key that is not here is a fault, so that a misspelt setting is found at
/// the start and not when it is missed.
/// </summary>
internal static class WireSettings
{
    public const string Section = "Wire";

    private static readonly Setting[] All =
    [
        Setting.Int("NodeId", (options, value) => options.NodeId = value),
        Setting.Int("Workers", (options, value) => options.Workers = value),
        Setting.Text("Tcp:Address", (options, value) => options.Tcp.Address = value),
        Setting.Int("Tcp:Port", (options, value) => options.Tcp.Port = value),
        Setting.Text("Http:Address", (options, value) => options.Http.Address = value),
        Setting.Int("Http:Port", (options, value) => options.Http.Port = value),
        Setting.Text("Storage:Path", (options, value) => options.Storage.Path = value),
        Setting.OneOf<DurabilityLevel>("Storage:Durability", (options, value) => options.Storage.Durability = value),
        Setting.Long("Storage:SegmentBytes", (options, value) => options.Storage.SegmentBytes = value),
        Setting.Time("Storage:SegmentAge", (options, value) => options.Storage.SegmentAge = value),
        Setting.Int("Storage:PageBytes", (options, value) => options.Storage.PageBytes = value),
        Setting.Time("Storage:RetainAge", (options, value) => options.Storage.RetainAge = value),
        Setting.Long("Storage:RetainBytes", (options, value) => options.Storage.RetainBytes = value),
        Setting.Long("Storage:MinFreeBytes", (options, value) => options.Storage.MinFreeBytes = value),
        Setting.OneOf<ReadMethod>("Storage:Reads", (options, value) => options.Storage.Reads = value),
        Setting.Time("Storage:CompactAfter", (options, value) => options.Storage.CompactAfter = value),
        Setting.Text("Storage:Encryption:KeyFile", (options, value) => options.Storage.Encryption.KeyFile = value),
        Setting.Flag("Storage:Encryption:Enabled", (options, value) => options.Storage.Encryption.Enabled = value),
        Setting.Int("Limits:MaxFrameBytes", (options, value) => options.Limits.MaxFrameBytes = value),
        Setting.Time("Limits:HandshakeTimeout", (options, value) => options.Limits.HandshakeTimeout = value),
        Setting.Time("Limits:PingInterval", (options, value) => options.Limits.PingInterval = value),
        Setting.Int("Limits:MaxConnections", (options, value) => options.Limits.MaxConnections = value),
        Setting.Int("Limits:OutboxBytes", (options, value) => options.Limits.OutboxBytes = value),
        Setting.Long("Limits:BufferBytes", (options, value) => options.Limits.BufferBytes = value),
        Setting.Int("Sessions:Loaded", (options, value) => options.Sessions.Loaded = value),
        Setting.Long("Sessions:RingBytes", (options, value) => options.Sessions.RingBytes = value),
        Setting.Time("Sessions:ForgetAfter", (options, value) => options.Sessions.ForgetAfter = value),
        Setting.OneOf<AuthMode>("Auth:Mode", (options, value) => options.Auth.Mode = value),
        Setting.OneOf<DispatchMode>("Dispatch:Mode", (options, value) => options.Dispatch.Mode = value),
    ];

    /// <summary>Known, and not served: refused rather than ignored, because whoever sets them relies on them.</summary>
    private static readonly string[] NotAvailable =
    [
        "Tls:Port", "Tls:Certificate:Path", "Tls:Certificate:KeyPath", "Auth:JwtKeyFile",
    ];

    /// <summary>Known values of served keys, and not served.</summary>
    private static readonly (string Key, string Value)[] NotAvailableValues =
    [
        ("Auth:Mode", "Jwt"), ("Dispatch:Mode", "Demo"), ("Dispatch:Mode", "Pipeline"),
    ];

    /// <summary>The keys below the section.</summary>
    public static IEnumerable<string> Keys => All.Select(setting => setting.Key);

    /// <summary>Reads the section into <paramref name="options"/>; what cannot be read is added to its faults.</summary>
    public static void Read(IConfiguration configuration, WireOptions options)
    {
        foreach (var (key, text) in configuration.GetSection(Section).AsEnumerable(makePathsRelative: true))
        {
            // A section itself, or a null in JSON: not set.
            if (text is null)
                continue;
            if (Fault(options, key, text) is { } fault)
                options.ConfigurationFaults.Add(fault);
        }
    }

    private static string? Fault(WireOptions options, string key, string text)
    {
        var name = key.Length == 0 ? Section : $"{Section}:{key}";
        if (NotAvailable.Contains(key, StringComparer.OrdinalIgnoreCase))
            return $"{name} is not available in this version.";

        if (All.FirstOrDefault(setting => setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) is not { } setting)
            return $"{name} is not a setting.";

        if (NotAvailableValues.Any(value => Is(value.Key, key) && Is(value.Value, text)))
            return $"{Section}:{setting.Key}: '{text}' is not available in this version; it must be {setting.Expected}.";

        return setting.TrySet(options, text)
            ? null
            : $"{Section}:{setting.Key} is '{text}'; it must be {setting.Expected}.";
    }

    private static bool Is(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
