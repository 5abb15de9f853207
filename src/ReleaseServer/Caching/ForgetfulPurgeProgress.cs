namespace ReleaseServer.Caching;

/// <summary>The progress of a node that keeps nothing over a restart: after one it is not known, and there is nothing that it could matter to.</summary>
internal sealed class ForgetfulPurgeProgress : IPurgeProgress
{
    private readonly Lock _lock = new();
    private long? _applied;

    public long? AppliedPurge
    {
        get
        {
            lock (_lock)
            {
                return _applied;
            }
        }

        set
        {
            lock (_lock)
            {
                _applied = value;
            }
        }
    }
}
