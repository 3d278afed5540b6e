namespace Wire.Client;

/// <summary>What the server is to be told next of a session.</summary>
internal enum FollowCommand
{
    None,
    Subscribe,
    Unsubscribe,
}
