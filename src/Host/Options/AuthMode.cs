namespace Wire.Host;

/// <summary>Who is let in.</summary>
public enum AuthMode
{
    /// <summary>Anyone on this machine, without a token; a <c>client_id</c> that begins with <c>agent</c> has role AGENT, any other VISITOR.</summary>
    Loopback,

    /// <summary>Anyone from anywhere, without a token, with role VISITOR.</summary>
    None,
}
