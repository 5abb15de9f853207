namespace ReleaseServer.Status;

/// <summary>Makes a history of looks: seconds by day, and incidents. Not safe for concurrent use.</summary>
/// <param name="document">What is known already; changed by each look.</param>
internal sealed class StatusHistory(StatusDocument document)
{
    public const int KeepDays = 90;
    public const int LongestNote = 2_000;

    private const int MostIncidents = 200;
    private const int MostNotes = 50;

    /// <summary>Time without a look for which nobody knows how things were.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromMinutes(6);

    /// <summary>What comes back so soon is the same incident.</summary>
    private static readonly TimeSpan SameIncident = TimeSpan.FromMinutes(5);

    public StatusDocument Document => document;

    /// <summary>Of several components together: down where clients get nothing, degraded where any is not as it should be.</summary>
    public static ComponentState Overall(IEnumerable<ComponentReport> reports)
    {
        var worst = ComponentState.Operational;
        foreach (var report in reports)
        {
            var state = report.State == ComponentState.Down && report.Name != StatusComponents.Downloads ? ComponentState.Degraded : report.State;
            worst = state == ComponentState.Unknown && worst == ComponentState.Operational ? ComponentState.Degraded : state > worst ? state : worst;
        }

        return worst;
    }

    /// <summary>Adds one look at all components; those it does not name are forgotten.</summary>
    public void Record(DateTimeOffset at, IReadOnlyList<ComponentReport> reports)
    {
        var passed = at - document.Updated;
        var isKnown = passed > TimeSpan.Zero && passed <= LongestGap;
        document.Components.RemoveAll(component => reports.All(report => report.Name != component.Name));
        foreach (var report in reports)
        {
            Record(at, report, isKnown ? passed.TotalSeconds : 0);
        }

        // In the order in which they are reported.
        document.Components.Sort((one, other) => IndexOf(one.Name) - IndexOf(other.Name));
        (document.Updated, document.State) = (at, Overall(reports));
        Forget(at);

        int IndexOf(string name) => reports.TakeWhile(report => report.Name != name).Count();
    }

    /// <summary>Adds what somebody has written, to the newest incident of a component or, without one, to none.</summary>
    /// <returns>False where the component has no incident.</returns>
    public bool AddNote(DateTimeOffset at, string text, string? component)
    {
        var note = new StatusNote(at, text);
        if (component is null)
        {
            document.Notes.Insert(0, note);
            return true;
        }

        if (document.Incidents.Find(incident => incident.Component == component) is not { } found)
        {
            return false;
        }

        found.Notes.Add(note);
        return true;
    }

    private static bool IsWell(ComponentState state) => state == ComponentState.Operational;

    private void Record(DateTimeOffset at, ComponentReport report, double seconds)
    {
        var component = document.Components.Find(known => known.Name == report.Name);
        if (component is null)
        {
            component = new ComponentHistory { Name = report.Name, Since = at, State = report.State };
            document.Components.Add(component);
        }

        // What was found last held until now.
        CountTime(component, DateOnly.FromDateTime(at.UtcDateTime), seconds);
        if (component.State != report.State)
        {
            component.Since = at;
        }

        (component.Title, component.State, component.Detail) = (report.Title, report.State, report.Detail);
        RecordIncident(at, report);
    }

    private static void CountTime(ComponentHistory component, DateOnly day, double seconds)
    {
        if (component.State == ComponentState.Unknown || seconds == 0)
        {
            return;
        }

        if (component.Days is not [.., { } last] || last.Day != day)
        {
            component.Days.Add(last = new StatusDay { Day = day });
        }

        last.Observed = Math.Round(last.Observed + seconds, 1);
        last.Degraded = Math.Round(last.Degraded + (component.State == ComponentState.Degraded ? seconds : 0), 1);
        last.Down = Math.Round(last.Down + (component.State == ComponentState.Down ? seconds : 0), 1);
    }

    private void RecordIncident(DateTimeOffset at, ComponentReport report)
    {
        var last = document.Incidents.Find(incident => incident.Component == report.Name);
        if (IsWell(report.State))
        {
            if (last is { Ended: null })
            {
                last.Ended = at;
            }
        }
        else if (report.State != ComponentState.Unknown)
        {
            if (last is null || (last.Ended is { } ended && at - ended > SameIncident))
            {
                last = new StatusIncident { Component = report.Name, Began = at };
                document.Incidents.Insert(0, last);
            }

            last.Ended = null;
            (last.Worst, last.Detail) = report.State >= last.Worst ? (report.State, report.Detail) : (last.Worst, last.Detail);
        }
    }

    private void Forget(DateTimeOffset at)
    {
        var oldest = DateOnly.FromDateTime(at.UtcDateTime).AddDays(1 - KeepDays);
        foreach (var component in document.Components)
        {
            component.Days.RemoveAll(day => day.Day < oldest);
        }

        var first = at.AddDays(-KeepDays);
        document.Incidents.RemoveAll(incident => incident.Ended < first);
        document.Notes.RemoveAll(note => note.At < first);
        Cut(document.Incidents, MostIncidents);
        Cut(document.Notes, MostNotes);

        static void Cut<T>(List<T> list, int most)
        {
            if (list.Count > most)
            {
                list.RemoveRange(most, list.Count - most);
            }
        }
    }
}
