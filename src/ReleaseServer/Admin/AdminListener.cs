namespace ReleaseServer.Admin;

/// <summary>Marks connections to the admin addresses; a connection feature, so no header of a client can imitate it.</summary>
internal sealed class AdminListener
{
    public static readonly AdminListener Mark = new();
}
