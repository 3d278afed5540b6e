namespace Wire.Host;

/// <summary>Who answers visitors: <c>Wire:Dispatch</c>.</summary>
public sealed class DispatchOptions
{
    /// <summary>Default: <see cref="DispatchMode.Off"/>.</summary>
    public DispatchMode Mode { get; set; } = DispatchMode.Off;
}
