namespace Wire.Subscriptions;

/// <summary>How a subscription is fed.</summary>
internal enum SubscriptionState
{
    /// <summary>Its Subscribed waits behind the gate.</summary>
    Opening,

    /// <summary>From the log, by the connection's pump.</summary>
    CatchingUp,

    /// <summary>By the worker, as the gate opens.</summary>
    Live,

    /// <summary>No longer.</summary>
    Ended,
}
