namespace Wire.Host;

/// <summary>Who is let in: <c>Wire:Auth</c>. An <c>IAuthenticator</c> that the application registers takes its place.</summary>
public sealed class AuthOptions
{
    /// <summary>Default: <see cref="AuthMode.Loopback"/>.</summary>
    public AuthMode Mode { get; set; } = AuthMode.Loopback;
}
