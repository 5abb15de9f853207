namespace ReleaseServer.Commands;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command was understood and failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line was wrong.</summary>
    public const int Usage = 2;

    /// <summary>Settings or site data are wrong (EX_CONFIG of sysexits.h); a supervisor need not try again.</summary>
    public const int Configuration = 78;
}
