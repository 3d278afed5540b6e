namespace Wire.Client;

/// <summary>A page, or null and the time after which the server wants to be asked again.</summary>
internal readonly record struct FetchAnswer(MessagePage? Page, TimeSpan RetryAfter);
