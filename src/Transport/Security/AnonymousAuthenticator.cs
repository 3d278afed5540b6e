using Wire.Protocol;
using Wire.Security;

namespace Wire.Transport.Security;

/// <summary><c>Wire:Auth:Mode</c> = <c>None</c>: everyone from anywhere is let in, as a visitor.</summary>
internal sealed class AnonymousAuthenticator : IAuthenticator
{
    public ValueTask<AuthenticationResult> AuthenticateAsync(HelloContext hello, CancellationToken cancellationToken)
        => new(AuthenticationResult.Accept(Role.Visitor));
}
