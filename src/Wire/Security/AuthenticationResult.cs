using Wire.Protocol;

namespace Wire.Security;

/// <summary>What an <see cref="IAuthenticator"/> decided about a <c>Hello</c>.</summary>
public readonly record struct AuthenticationResult
{
    private readonly ErrorCode _errorCode;
    private readonly string? _detail;

    private AuthenticationResult(Role role, ErrorCode errorCode, string detail)
    {
        Role = role;
        _errorCode = errorCode;
        _detail = detail;
    }

    /// <summary>Whether the client may connect. False for a value that was never set.</summary>
    public bool IsAccepted => Role != Role.Unspecified;

    /// <summary>As whom the client speaks, where it is accepted.</summary>
    public Role Role { get; }

    /// <summary>UNAUTHENTICATED or FORBIDDEN, where the client is refused.</summary>
    public ErrorCode ErrorCode => IsAccepted || _errorCode != ErrorCode.Unspecified ? _errorCode : ErrorCode.Unauthenticated;

    /// <summary>What the client is told about a refusal. Empty where it is accepted.</summary>
    public string Detail => _detail ?? "";

    /// <summary>The client may connect and speaks as <paramref name="role"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The role is unspecified.</exception>
    public static AuthenticationResult Accept(Role role)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(role, Role.Unspecified);
        return new AuthenticationResult(role, ErrorCode.Unspecified, "");
    }

    /// <summary>Nobody knows who this is: the token is missing, invalid or expired.</summary>
    public static AuthenticationResult Unauthenticated(string detail) => new(Role.Unspecified, ErrorCode.Unauthenticated, detail);

    /// <summary>The identity is known, and may not use this <c>client_id</c> or this server.</summary>
    public static AuthenticationResult Forbidden(string detail) => new(Role.Unspecified, ErrorCode.Forbidden, detail);
}
