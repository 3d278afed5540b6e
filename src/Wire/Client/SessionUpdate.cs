namespace Wire.Client;

/// <summary>
/// What <see cref="WireClient.FollowAsync"/> gives of a session: a <see cref="MessageUpdate"/> or a <see cref="ReplyUpdate"/>,
/// and nothing else. Immutable.
/// </summary>
public abstract record SessionUpdate
{
    private protected SessionUpdate()
    {
    }
}
