using Wire.Protocol;

namespace Wire.Client;

/// <summary>A passing hint of another participant (typing, read, …): never stored, and may be lost.</summary>
/// <param name="SessionId">The session that it belongs to.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Payload">The content, at most 1 KiB.</param>
/// <param name="Sender">The <c>client_id</c> of its sender.</param>
/// <param name="Role">Who its sender is, as the server knows it.</param>
public sealed record ReceivedSignal(string SessionId, string Kind, ReadOnlyMemory<byte> Payload, string Sender, Role Role);
