using System.Net;
using System.Net.Sockets;
using Wire.Protocol;
using Wire.Security;

namespace Wire.Transport.Security;

/// <summary>
/// <c>Wire:Auth:Mode</c> = <c>Loopback</c>: everyone on this machine is let in without a token; a <c>client_id</c> that begins
/// with <c>agent</c> speaks as an agent, any other as a visitor. Nobody else is.
/// </summary>
internal sealed class LoopbackAuthenticator : IAuthenticator
{
    private const string AgentPrefix = "agent";

    public ValueTask<AuthenticationResult> AuthenticateAsync(HelloContext hello, CancellationToken cancellationToken)
    {
        if (!IsLocal(hello.RemoteEndPoint))
            return new(AuthenticationResult.Unauthenticated("anonymous clients are let in from this machine only"));

        var role = hello.ClientId.StartsWith(AgentPrefix, StringComparison.Ordinal) ? Role.Agent : Role.Visitor;
        return new(AuthenticationResult.Accept(role));
    }

    private static bool IsLocal(EndPoint? endPoint) => endPoint switch
    {
        IPEndPoint ip => IPAddress.IsLoopback(ip.Address),
        UnixDomainSocketEndPoint => true,
        _ => false,
    };
}
