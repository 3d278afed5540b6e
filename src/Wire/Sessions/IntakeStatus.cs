namespace Wire.Sessions;

/// <summary>How far <see cref="ConnectionIntake.Take"/> came.</summary>
internal enum IntakeStatus
{
    /// <summary>All complete frames were taken: more bytes must arrive.</summary>
    Drained,

    /// <summary>It stopped before a frame that cannot be taken yet. After <see cref="ConnectionIntake.WaitForRoomAsync"/> it goes on from there.</summary>
    Waiting,

    /// <summary>The stream ends here with <see cref="ConnectionIntake.Error"/>; what was taken before it counts.</summary>
    Fatal,
}
