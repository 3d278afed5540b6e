namespace Wire.Client;

/// <summary>The next stored message of the session.</summary>
/// <param name="Message">The message. Where it answers another one, it takes the place of that one's reply in the making.</param>
public sealed record MessageUpdate(ReceivedMessage Message) : SessionUpdate;
