using FASTER.core;

namespace Wire.Storage.Device;

/// <summary>
/// Tells FASTER's recovery where the log begins and ends, as the scan found it, in the form of commit metadata. What FASTER
/// would store as metadata is dropped.
/// </summary>
internal sealed class RecoveredAt(long beginAddress, long untilAddress) : ILogCommitManager
{
    const long CommitNumber = 1;

    public IEnumerable<long> ListCommits() => [CommitNumber];

    public byte[] GetCommitMetadata(long commitNum) => new FasterLogRecoveryInfo
    {
        BeginAddress = beginAddress,
        UntilAddress = untilAddress,
        CommitNum = CommitNumber,
    }.ToByteArray();

    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata) { }

    public void OnRecovery(long commitNum) { }

    public void RemoveCommit(long commitNum) { }

    public void RemoveAllCommits() { }

    public void Dispose() { }
}
