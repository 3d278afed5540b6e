using System.Text;
using Wire.Log;

namespace Wire.Storage.Inspection;

/// <summary>Which records are asked for; what is null does not matter.</summary>
/// <param name="SessionId">Those of this session.</param>
/// <param name="ClientId">Those of this producer.</param>
/// <param name="From">Those of this time or later.</param>
/// <param name="Until">Those before this time.</param>
internal sealed record RecordFilter(string? SessionId = null, string? ClientId = null, DateTimeOffset? From = null, DateTimeOffset? Until = null)
{
    // A clock can have gone back, so that a record is older than the begin of the file after its own.
    static readonly TimeSpan ClockMayHaveGoneBackBy = TimeSpan.FromHours(1);

    readonly byte[]? _session = SessionId is null ? null : Encoding.UTF8.GetBytes(SessionId);
    readonly byte[]? _client = ClientId is null ? null : Encoding.UTF8.GetBytes(ClientId);

    /// <summary>Whether a record that is not encrypted is asked for.</summary>
    public bool Takes(in RecordHeader header)
    {
        if (_session is not null && !header.SessionId.SequenceEqual(_session) || _client is not null && !header.ClientId.SequenceEqual(_client))
            return false;
        return (From is not { } from || StoredRecord.TimeOf(header.Timestamp) >= from) && (Until is not { } until || StoredRecord.TimeOf(header.Timestamp) < until);
    }

    /// <summary>The address of the first file that can have such records.</summary>
    public long FirstAddress(InspectedFolder folder)
    {
        var first = 0;
        while (From is { } from && first + 1 < folder.Files.Count && folder.Files[first + 1].Header is { } next
            && StoredRecord.TimeOf(next.BegunAt) + ClockMayHaveGoneBackBy < from)
        {
            first++;
        }
        return first == 0 ? folder.BeginAddress : folder.Files[first].StartAddress;
    }
}
