using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReleaseServer.Alerting;

/// <summary>Writes where an exception was thrown, as Sentry groups and shows it: the oldest caller first.</summary>
internal static partial class SentryStack
{
    /// <summary>Frames of one exception; of more, those in the middle are left out.</summary>
    private const int MostFrames = 50;

    private const string OurAssembly = "ReleaseServer";

    // What async code goes through between any two of our methods says nothing, and would make the same error look different.
    private static readonly string[] Plumbing = ["System.Runtime.CompilerServices.", "System.Runtime.ExceptionServices.", "System.Threading.Tasks."];

    /// <summary>Writes the member <c>stacktrace</c>; nothing for an exception that was never thrown.</summary>
    public static void Write(Utf8JsonWriter json, Exception exception)
    {
        var frames = new StackTrace(exception, fNeedFileInfo: true).GetFrames()
            .Select(static frame => (Frame: frame, Method: DiagnosticMethodInfo.Create(frame)))
            .Where(static pair => pair.Method is not null && !IsPlumbing(pair.Method.DeclaringTypeName))
            .Reverse()
            .ToList();
        if (frames.Count == 0)
        {
            return;
        }

        if (frames.Count > MostFrames)
        {
            frames.RemoveRange(MostFrames / 2, frames.Count - MostFrames);
        }

        json.WriteStartObject("stacktrace");
        json.WriteStartArray("frames");
        foreach (var (frame, method) in frames)
        {
            WriteFrame(json, frame, method!);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The names that were written in the source, of the compiler's: of <c>Type+&lt;MethodAsync&gt;d__5.MoveNext</c> they are <c>Type</c> and <c>MethodAsync</c>.</summary>
    public static (string Type, string Method) Demangle(string type, string method)
    {
        // A state machine: its type has the method's name.
        if (method == "MoveNext" && Machine().Match(type) is { Success: true } machine)
        {
            (type, method) = (machine.Groups["type"].Value, machine.Groups["method"].Value);
        }

        // The class that holds what lambdas share.
        if (Closure().Match(type) is { Success: true } closure)
        {
            type = closure.Groups["type"].Value;
        }

        if (LocalFunction().Match(method) is { Success: true } local)
        {
            method = local.Groups["method"].Value;
        }
        else if (Lambda().Match(method) is { Success: true } lambda)
        {
            method = $"{lambda.Groups["method"].Value} {{lambda}}";
        }

        return (type.Replace('+', '.'), method);
    }

    private static bool IsPlumbing(string? type) => type is not null && Plumbing.Any(prefix => type.StartsWith(prefix, StringComparison.Ordinal));

    private static void WriteFrame(Utf8JsonWriter json, StackFrame frame, DiagnosticMethodInfo method)
    {
        var (type, function) = Demangle(method.DeclaringTypeName ?? "", method.Name);
        var assembly = (method.DeclaringAssemblyName ?? "").Split(',')[0];
        json.WriteStartObject();
        json.WriteString("function", function);
        json.WriteString("module", type);
        json.WriteString("package", assembly);
        json.WriteBoolean("in_app", assembly == OurAssembly);
        if (frame.GetFileName() is { } path)
        {
            json.WriteString("filename", Path.GetFileName(path));
            json.WriteString("abs_path", path);
            json.WriteNumber("lineno", frame.GetFileLineNumber());
            json.WriteNumber("colno", frame.GetFileColumnNumber());
        }

        json.WriteEndObject();
    }

    [GeneratedRegex(@"^(?<type>.*)\+<(?<method>[^<>]+|<.+>[bg]__.+)>d(?:__\d+)?(?:`\d+)?$")]
    private static partial Regex Machine();

    [GeneratedRegex(@"^(?<type>.*?)\+<>c(?:__DisplayClass\d+_\d+)?$")]
    private static partial Regex Closure();

    [GeneratedRegex(@"^<.*>g__(?<method>[^|]+)\|\d+")]
    private static partial Regex LocalFunction();

    [GeneratedRegex(@"^<(?<method>.*)>b__\d+")]
    private static partial Regex Lambda();
}
