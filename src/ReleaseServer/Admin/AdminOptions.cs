using ReleaseServer.Configuration;

namespace ReleaseServer.Admin;

/// <summary>What the admin addresses allow, and where those of other nodes are. Section <c>Admin</c>.</summary>
internal sealed class AdminOptions
{
    /// <summary>What changes things at the admin address must bring as Bearer token, at least 16 characters: a purge, another order of the origin. Without it, those are refused.</summary>
    [Secret]
    public string? Token { get; set; }

    /// <summary>Admin addresses of all nodes, at which the command <c>purge</c> knocks. Default none.</summary>
    public string[] Nodes { get; set; } = [];
}
