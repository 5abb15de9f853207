namespace ReleaseServer.Site;

/// <summary>Reads <c>redirects.json</c>.</summary>
internal static class RedirectReader
{
    public static RedirectTable Read(JsonRow file)
    {
        var redirects = new List<Redirect>();
        foreach (var row in file.Rows("redirects"))
        {
            var (from, to, status) = (row.Text("from"), row.Text("to"), row.Number("status", 301, 308));
            row.RefuseUnread();
            if (from is null || to is null)
            {
                continue;
            }

            Check(row, from, to, status);
            redirects.Add(new Redirect(from, to, status ?? 0));
        }

        file.RefuseUnread();
        return new RedirectTable(redirects);
    }

    private static void Check(JsonRow row, string from, string to, int? status)
    {
        if (!from.StartsWith('/') || from.IndexOf('*') is >= 0 and var star && star != from.Length - 1)
        {
            row.Fault($"from must be a path, with a * at its end or none; is '{from}'");
        }

        var absolute = Uri.TryCreate(to, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
        if (!absolute && (!to.StartsWith('/') || to.EndsWith('*') != from.EndsWith('*')))
        {
            row.Fault($"to must be a path, with a * at its end just if from has one, or an http(s) URL; is '{to}'");
        }

        if (absolute && from.EndsWith('*'))
        {
            row.Fault("from must not end in * where to is a URL");
        }

        if (status is not (301 or 302 or 307 or 308))
        {
            row.Fault("status must be 301, 302, 307 or 308");
        }

        if (from == to)
        {
            row.Fault($"{from} leads to itself");
        }
    }
}
