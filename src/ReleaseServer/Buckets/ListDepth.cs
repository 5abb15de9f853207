namespace ReleaseServer.Buckets;

/// <summary>How far below a prefix a listing reaches.</summary>
internal enum ListDepth
{
    /// <summary>Objects directly under the prefix, and one row per sub-directory (S3 with delimiter <c>/</c>).</summary>
    Children,

    /// <summary>Every object under the prefix, and no prefix rows.</summary>
    All,
}
