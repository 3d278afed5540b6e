namespace Wire.Host;

/// <summary>Who answers visitors.</summary>
public enum DispatchMode
{
    /// <summary>Nobody but those who are connected.</summary>
    Off,

    /// <summary>Each message is answered with its own text: to try the way of a reply.</summary>
    Echo,
}
