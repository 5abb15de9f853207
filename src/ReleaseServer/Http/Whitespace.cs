namespace ReleaseServer.Http;

internal static class Whitespace
{
    /// <summary>The characters of OWS (RFC 9110 §5.6.3).</summary>
    public const string Optional = " \t";
}
