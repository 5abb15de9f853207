using System.Diagnostics;

namespace ReleaseServer.Alerting;

/// <summary>Names an error by what was thrown and where, so that the same error has the same fingerprint whatever its message says.</summary>
internal static class ExceptionOrigin
{
    /// <summary>Such as <c>FormatException in ReleaseServer.Http.HttpDate.Parse</c>.</summary>
    public static string Of(Exception exception)
    {
        var thrown = exception.GetType().Name;
        foreach (var frame in new StackTrace(exception, fNeedFileInfo: false).GetFrames())
        {
            // The first one of ours: what the framework does in between changes with its version.
            if (DiagnosticMethodInfo.Create(frame) is { DeclaringTypeName: { } type } method && type.StartsWith("ReleaseServer.", StringComparison.Ordinal))
            {
                var (declaring, name) = SentryStack.Demangle(type, method.Name);
                return $"{thrown} in {declaring}.{name}";
            }
        }

        return thrown;
    }
}
