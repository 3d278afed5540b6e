namespace Wire.Host;

/// <summary>Who answers visitors.</summary>
public enum DispatchMode
{
    /// <summary>Nobody but those who are connected.</summary>
    Off,
}
