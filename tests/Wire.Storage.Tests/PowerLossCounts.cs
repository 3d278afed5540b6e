namespace Wire.Storage.Tests;

/// <summary>How much was tried, so that a run can say so.</summary>
internal sealed class PowerLossCounts
{
    public int PowerCuts { get; private set; }
    public int Kills { get; private set; }
    public int AfterClose { get; private set; }
    public int WhileOpening { get; private set; }
    public int OnFullDisk { get; private set; }
    public int OpeningsWithoutRoom { get; set; }
    public int Refusals { get; set; }
    public long Records { get; set; }

    public int Crashes => PowerCuts + Kills + AfterClose;

    public void Add(PlannedCrash crash, bool hasOpened, bool wasFull)
    {
        if (crash.Image is null)
            AfterClose++;
        else if (crash.IsPowerCut)
            PowerCuts++;
        else
            Kills++;
        OnFullDisk += wasFull ? 1 : 0;
        WhileOpening += hasOpened ? 0 : 1;
    }

    public void Add(PowerLossCounts other)
    {
        PowerCuts += other.PowerCuts;
        Kills += other.Kills;
        AfterClose += other.AfterClose;
        WhileOpening += other.WhileOpening;
        OnFullDisk += other.OnFullDisk;
        OpeningsWithoutRoom += other.OpeningsWithoutRoom;
        Refusals += other.Refusals;
        Records += other.Records;
    }

    public override string ToString() =>
        $"{Crashes} crashes: {PowerCuts} power cuts and {Kills} kills while the log was open or being opened, {AfterClose} power cuts after an orderly close; "
        + $"{OnFullDisk} generations met a full disk, {OpeningsWithoutRoom} openings found no room; {Refusals} logs refused; {Records} records compared";
}
