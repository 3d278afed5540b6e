using System.Globalization;

namespace Wire.Host.Settings;

/// <summary>One key of the section <c>Wire</c>: how its text becomes a value of <see cref="WireOptions"/>.</summary>
internal sealed class Setting
{
    private readonly Func<WireOptions, string, bool> _trySet;

    private Setting(string key, string expected, Func<WireOptions, string, bool> trySet)
    {
        Key = key;
        Expected = expected;
        _trySet = trySet;
    }

    /// <summary>The key below the section, as <c>Tcp:Port</c>.</summary>
    public string Key { get; }

    /// <summary>What a value must be, for the fault.</summary>
    public string Expected { get; }

    /// <summary>Sets the option; false where the text is no such value.</summary>
    public bool TrySet(WireOptions options, string text) => _trySet(options, text);

    public static Setting Text(string key, Action<WireOptions, string> set) => new(key, "a text", (options, text) =>
    {
        set(options, text);
        return true;
    });

    public static Setting Int(string key, Action<WireOptions, int> set) => new(key, "a whole number", (options, text) =>
    {
        var parsed = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        if (parsed)
            set(options, value);
        return parsed;
    });

    public static Setting Long(string key, Action<WireOptions, long> set) => new(key, "a whole number", (options, text) =>
    {
        var parsed = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        if (parsed)
            set(options, value);
        return parsed;
    });

    public static Setting Time(string key, Action<WireOptions, TimeSpan> set) => new(key, "a time as 00:00:15", (options, text) =>
    {
        // With a colon: a bare number would be so many days.
        var value = TimeSpan.Zero;
        var parsed = text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value);
        if (parsed)
            set(options, value);
        return parsed;
    });

    public static Setting Flag(string key, Action<WireOptions, bool> set) => new(key, "true or false", (options, text) =>
    {
        var parsed = bool.TryParse(text, out var value);
        if (parsed)
            set(options, value);
        return parsed;
    });

    public static Setting OneOf<T>(string key, Action<WireOptions, T> set)
        where T : struct, Enum => new(key, "one of " + string.Join(", ", Enum.GetNames<T>()), (options, text) =>
    {
        // By name only: Enum.TryParse would take numbers and lists as well.
        var name = Enum.GetNames<T>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name is not null)
            set(options, Enum.Parse<T>(name));
        return name is not null;
    });
}
