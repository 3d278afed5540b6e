namespace Wire.Security;

/// <summary>
/// Says who a connection is, once, when its <c>Hello</c> has come. Called from any thread, for many connections at once.
/// </summary>
/// <remarks>
/// What the protocol itself asks of a <c>Hello</c> is checked before: its version, and a <c>client_id</c> that is valid and
/// not one of the server's. An exception that is thrown ends the connection with INTERNAL and is logged.
/// </remarks>
public interface IAuthenticator
{
    /// <summary>Decides about one <c>Hello</c>.</summary>
    /// <param name="hello">What the client says of itself.</param>
    /// <param name="cancellationToken">Cancelled when the time for the handshake is over; the client is gone by then.</param>
    ValueTask<AuthenticationResult> AuthenticateAsync(HelloContext hello, CancellationToken cancellationToken);
}
