namespace ReleaseServer.Alerting;

/// <summary>How much a breadcrumb matters.</summary>
internal enum BreadcrumbLevel
{
    Info,
    Warning,
    Error,
}

/// <summary>Something that happened before an alert and may explain it. Immutable.</summary>
/// <param name="Category">What noted it, in one word or two: <c>bucket</c>, <c>retry</c>, <c>fallback</c>, <c>purge</c>.</param>
/// <param name="Message">One plain sentence, without secrets.</param>
internal sealed record Breadcrumb(
    DateTimeOffset Time, BreadcrumbLevel Level, string Category, string Message, IReadOnlyList<(string Name, string Value)> Data);

/// <summary>Notes what happens, for alerts that come later. Costs nothing where nothing is noted, and never throws or waits.</summary>
/// <remarks>
/// A request that is not answered from memory begins a scope, which follows it through every await, and what is begun on its behalf. What is
/// noted outside of any scope (a purge, a poll) is kept for the whole process and told with every alert.
/// </remarks>
internal static class Breadcrumbs
{
    /// <summary>Kept of what no request did.</summary>
    private const int MostOfProcess = 30;

    private static readonly AsyncLocal<BreadcrumbTrail?> Scope = new();
    private static readonly BreadcrumbTrail OfProcess = new(MostOfProcess);

    /// <summary>The scope this code runs in; null outside of any.</summary>
    public static BreadcrumbTrail? Current => Scope.Value;

    /// <summary>Begins a scope that lasts as long as the async method that calls this.</summary>
    public static BreadcrumbTrail Begin()
    {
        var trail = new BreadcrumbTrail(BreadcrumbTrail.MostOfRequest);
        Scope.Value = trail;
        return trail;
    }

    /// <inheritdoc cref="Add(BreadcrumbLevel, string, string, ReadOnlySpan{ValueTuple{string, string}})"/>
    public static void Add(string category, string message, params ReadOnlySpan<(string Name, string Value)> data) =>
        Add(BreadcrumbLevel.Info, category, message, data);

    /// <summary>Notes something in the current scope.</summary>
    public static void Add(BreadcrumbLevel level, string category, string message, params ReadOnlySpan<(string Name, string Value)> data) =>
        (Scope.Value ?? OfProcess).Add(new Breadcrumb(TimeProvider.System.GetUtcNow(), level, category, message, data.ToArray()));

    /// <summary>What a scope and the process have noted, oldest first.</summary>
    /// <param name="trail">Null for the current scope.</param>
    public static IReadOnlyList<Breadcrumb> Collect(BreadcrumbTrail? trail) =>
        [.. OfProcess.ToArray().Concat((trail ?? Scope.Value)?.ToArray() ?? []).OrderBy(static crumb => crumb.Time)];
}

/// <summary>The breadcrumbs of one request, the oldest of which give way. Safe for concurrent use: what a request begins may outlive it.</summary>
/// <param name="most">Kept of them.</param>
internal sealed class BreadcrumbTrail(int most)
{
    public const int MostOfRequest = 100;

    private readonly Lock _lock = new();
    private Queue<Breadcrumb>? _crumbs;

    public void Add(Breadcrumb crumb)
    {
        lock (_lock)
        {
            _crumbs ??= new Queue<Breadcrumb>();
            if (_crumbs.Count == most)
            {
                _crumbs.Dequeue();
            }

            _crumbs.Enqueue(crumb);
        }
    }

    /// <summary>Oldest first.</summary>
    public Breadcrumb[] ToArray()
    {
        lock (_lock)
        {
            return _crumbs?.ToArray() ?? [];
        }
    }
}
