namespace Wire.Cli;

/// <summary>How the tool ends.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>Something was refused, lost or unequal.</summary>
    public const int Failure = 1;

    /// <summary>The command line, or a file that it names, makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, or refuses this client.</summary>
    public const int CannotConnect = 3;
}
