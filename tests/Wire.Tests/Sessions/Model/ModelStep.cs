namespace Wire.Tests.Sessions.Model;

/// <summary>What happens next. The numbers are taken modulo what there is to choose from, so any part of a list of steps is one too.</summary>
internal sealed record ModelStep(StepKind Kind, int A, int B, int C)
{
    public override string ToString() => $"{Kind}({A},{B},{C})";
}

internal enum StepKind
{
    /// <summary>Client A publishes to session B, some messages of some levels and sizes.</summary>
    Publish,

    /// <summary>Client A publishes to many sessions in one read.</summary>
    PublishWidely,

    /// <summary>Client A publishes to session B only on a head that it names.</summary>
    PublishConditionally,

    /// <summary>Client A publishes what is refused.</summary>
    PublishInvalid,

    /// <summary>Client A sends again what is answered already.</summary>
    Repeat,

    /// <summary>Client A takes some of the frames that came.</summary>
    Receive,

    /// <summary>Client A takes all frames that came.</summary>
    ReceiveAll,

    /// <summary>Client A loses its connection and what it has not taken, and connects again.</summary>
    Reconnect,

    /// <summary>Client A connects again while its older connection still sends.</summary>
    TakeOver,

    /// <summary>Client A follows session B.</summary>
    Subscribe,

    Unsubscribe,
    Fetch,

    /// <summary>Client A takes nothing from the network for a while, or does again.</summary>
    Stall,

    /// <summary>Some records more are on stable storage.</summary>
    Flush,

    FlushAll,

    /// <summary>From now on records are on stable storage at once, or only as other steps say.</summary>
    FlushMode,

    /// <summary>The log is busy, or no longer.</summary>
    Busy,

    /// <summary>The log refuses some appends.</summary>
    Refuse,

    /// <summary>The log fails; only a crash ends that.</summary>
    Fail,

    /// <summary>Reads from the log wait, or no longer.</summary>
    HoldReads,

    /// <summary>The log lets go of its oldest records.</summary>
    Retire,

    /// <summary>The workers come to rest.</summary>
    Settle,

    /// <summary>The clock jumps.</summary>
    Clock,

    /// <summary>The process stops in good order, and another one starts.</summary>
    Restart,

    /// <summary>The process is gone, with some of what was not on stable storage, and another one starts.</summary>
    Crash,
}
