using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace Wire.Host.Settings;

/// <summary>Says all that is wrong with the settings, in one answer, at the start.</summary>
internal sealed class WireOptionsValidator : IValidateOptions<WireOptions>
{
    private const int MaxNodeId = Protocol.MessageId.MaxNodeId;
    private const int MaxWorkers = 256;
    private const int MinFrameBytes = 1024;
    private const int MaxFrameBytes = 64 << 20;
    private const int RecordOverheadBytes = 4096;
    private const int MinOutboxBytes = 32 * 1024;
    private const int MaxOutboxBytes = 1 << 30;
    private const int MinPageBytes = 4096;
    private const int MaxPageBytes = 64 << 20;
    private const long MinRingBytes = 1 << 20;

    public ValidateOptionsResult Validate(string? name, WireOptions options)
    {
        var faults = new List<string>(options.ConfigurationFaults);
        CheckNode(options, faults);
        CheckListeners(options, faults);
        CheckLimits(options, faults);
        CheckStorage(options, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckNode(WireOptions options, List<string> faults)
    {
        Range(faults, "NodeId", options.NodeId, 0, MaxNodeId);
        Range(faults, "Workers", options.Workers, 0, MaxWorkers);
        Range(faults, "Sessions:Loaded", options.Sessions.Loaded, 1000, 100_000_000);
        Range(faults, "Sessions:RingBytes", options.Sessions.RingBytes, MinRingBytes, long.MaxValue);
        Defined(faults, "Auth:Mode", options.Auth.Mode);
        Defined(faults, "Dispatch:Mode", options.Dispatch.Mode);
        Defined(faults, "Storage:Durability", options.Storage.Durability);
        Defined(faults, "Storage:Reads", options.Storage.Reads);
    }

    private static void CheckListeners(WireOptions options, List<string> faults)
    {
        Address(faults, "Tcp:Address", options.Tcp.Address);
        Address(faults, "Http:Address", options.Http.Address);
        Range(faults, "Tcp:Port", options.Tcp.Port, 0, IPEndPoint.MaxPort);
        Range(faults, "Http:Port", options.Http.Port, 0, IPEndPoint.MaxPort);
        if (options.Tcp.Port == options.Http.Port && options.Tcp.Port != 0)
            faults.Add($"Wire:Tcp:Port and Wire:Http:Port are both {options.Tcp.Port}; each listener needs its own.");
    }

    private static void CheckLimits(WireOptions options, List<string> faults)
    {
        var limits = options.Limits;
        Range(faults, "Limits:MaxFrameBytes", limits.MaxFrameBytes, MinFrameBytes, MaxFrameBytes);
        Range(faults, "Limits:HandshakeTimeout", limits.HandshakeTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1));
        Range(faults, "Limits:PingInterval", limits.PingInterval, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1));
        Range(faults, "Limits:MaxConnections", limits.MaxConnections, 1, int.MaxValue);
        Range(faults, "Limits:OutboxBytes", limits.OutboxBytes, MinOutboxBytes, MaxOutboxBytes);
        if (limits.OutboxBytes is >= MinOutboxBytes and <= MaxOutboxBytes)
            Range(faults, "Limits:BufferBytes", limits.BufferBytes, limits.OutboxBytes, long.MaxValue, "Wire:Limits:OutboxBytes");
    }

    private static void CheckStorage(WireOptions options, List<string> faults)
    {
        var storage = options.Storage;
        if (string.IsNullOrWhiteSpace(storage.Path))
            faults.Add("Wire:Storage:Path is empty; it must name a folder.");

        if (storage.PageBytes is < MinPageBytes or > MaxPageBytes || !int.IsPow2(storage.PageBytes))
        {
            faults.Add($"Wire:Storage:PageBytes is {storage.PageBytes}; it must be a power of two from {MinPageBytes} to {MaxPageBytes}.");
            Range(faults, "Storage:SegmentBytes", storage.SegmentBytes, MinPageBytes + 4096L, long.MaxValue);
        }
        else
        {
            Range(faults, "Storage:SegmentBytes", storage.SegmentBytes, storage.PageBytes + 4096L, long.MaxValue, "Wire:Storage:PageBytes + 4096");
            if (options.Limits.MaxFrameBytes <= MaxFrameBytes && options.Limits.MaxFrameBytes + RecordOverheadBytes > storage.PageBytes)
            {
                faults.Add($"Wire:Limits:MaxFrameBytes is {options.Limits.MaxFrameBytes}; with {RecordOverheadBytes} more for the record's header it must fit "
                    + $"Wire:Storage:PageBytes, which is {storage.PageBytes}.");
            }
        }
        if (storage.SegmentAge <= TimeSpan.Zero)
            faults.Add($"Wire:Storage:SegmentAge is {storage.SegmentAge}; it must be above 0.");
        if (storage.CompactAfter is { } age)
            Range(faults, "Storage:CompactAfter", age, TimeSpan.Zero, TimeSpan.MaxValue);
        if (storage.Encryption.KeyFile is { } keyFile && string.IsNullOrWhiteSpace(keyFile))
            faults.Add("Wire:Storage:Encryption:KeyFile is empty; it must name a file, or be left out.");
        Range(faults, "Storage:MinFreeBytes", storage.MinFreeBytes, 0, long.MaxValue);
        if (storage.RetainAge <= TimeSpan.Zero)
            faults.Add($"Wire:Storage:RetainAge is {storage.RetainAge}; it must be above 0.");
        if (storage.RetainBytes is { } retained && storage.SegmentBytes is > 0 and < long.MaxValue / 3)
            Range(faults, "Storage:RetainBytes", retained, 3 * storage.SegmentBytes, long.MaxValue, "3 times Wire:Storage:SegmentBytes");
        if ((storage.RetainAge is not null || storage.RetainBytes is not null) && storage.PageBytes is >= MinPageBytes and <= MaxPageBytes)
            Range(faults, "Storage:SegmentBytes", storage.SegmentBytes, 4L * storage.PageBytes + 4096, long.MaxValue, "with retention 4 times Wire:Storage:PageBytes and 4096");
        Range(faults, "Sessions:ForgetAfter", options.Sessions.ForgetAfter, TimeSpan.FromDays(7), TimeSpan.MaxValue);
    }

    private static void Range<T>(List<string> faults, string key, T value, T min, T max, string? minIs = null)
        where T : IComparable<T>
    {
        if (value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0)
            return;
        var atLeast = minIs is null ? Text(min) : $"{minIs} ({Text(min)})";
        var isOpen = max is long.MaxValue or int.MaxValue;
        faults.Add(isOpen
            ? $"Wire:{key} is {Text(value)}; it must be at least {atLeast}."
            : $"Wire:{key} is {Text(value)}; it must be from {atLeast} to {Text(max)}.");
    }

    private static void Address(List<string> faults, string key, string value)
    {
        if (!IPAddress.TryParse(value, out _))
            faults.Add($"Wire:{key} is '{value}'; it must be an IP address.");
    }

    private static void Defined<T>(List<string> faults, string key, T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            faults.Add($"Wire:{key} is {value}; it must be one of {string.Join(", ", Enum.GetNames<T>())}.");
    }

    private static string Text<T>(T value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
