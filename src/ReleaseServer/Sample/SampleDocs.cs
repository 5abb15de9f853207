using System.Text;

namespace ReleaseServer.Sample;

/// <summary>Documentation pages: small, plain, and long enough here and there to be worth compressing.</summary>
internal static class SampleDocs
{
    private const string Style = """
        body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.5 sans-serif; color: #233; }
        h1, h2 { border-bottom: 1px solid #cdd; }
        code { background: #eff4f4; padding: 0 .2rem; }

        """;

    private static readonly string[] Calls =
    [
        "access", "appendFile", "chmod", "close", "copyFile", "fstat", "fsync", "link", "lstat", "mkdir", "open", "read", "readdir", "readFile",
        "readlink", "realpath", "rename", "rmdir", "stat", "symlink", "truncate", "unlink", "utimes", "watch", "write", "writeFile",
    ];

    /// <summary>The <c>docs</c> directory of a version, with names below the version's own directory.</summary>
    public static IEnumerable<SampleFile> Of(SampleVersion version)
    {
        if (version.IsSourceOnly)
        {
            yield break;
        }

        var name = version.Name;
        yield return SampleFile.Text("docs/api/all.json", AllJson(name));
        yield return SampleFile.Text("docs/api/assets/style.css", Style);
        yield return SampleFile.Text("docs/api/fs.html", Page($"File system, {name}", FileSystem()));
        yield return SampleFile.Text("docs/api/index.html", Page($"Documentation of {name}", "<ul><li><a href=\"fs.html\">File system</a></li></ul>"));
        if (version.Major is >= 14 and < 25)
        {
            yield return SampleFile.Text("docs/api/corepack.html", Page($"Corepack, {name}", "<p>Corepack has moved to a repository of its own.</p>"));
        }

        if (version.Major >= 10)
        {
            yield return SampleFile.Text("docs/apilinks.json", ApiLinks(name));
        }

        if (version.Major >= 24)
        {
            yield return SampleFile.Text("docs/node-config-schema.json", ConfigSchema);
        }

        if (version.Major >= 26)
        {
            yield return SampleFile.Text("docs/llms.txt", $"# Node.js {name}\n\n> A stand-in for the list of documents.\n\n- [File system](/api/fs.html)\n");
        }
    }

    /// <summary>Directories under <c>nodejs/docs</c> that are real and no links, one without an index page, so that it is listed.</summary>
    public static IEnumerable<SampleFile> Old(string version) => version switch
    {
        "v0.1.14" =>
        [
            SampleFile.Text("api.html", Page($"Manual of {version}", FileSystem(), "style.css")),
            SampleFile.Text("changelog.html", Page("Changes", $"<p>{version}: a stand-in.</p>", "style.css")),
            SampleFile.Text("sh_main.js", "/* A stand-in for a syntax highlighter. */\n"),
            SampleFile.Text("style.css", Style),
        ],
        _ =>
        [
            SampleFile.Text("api/assets/style.css", Style),
            SampleFile.Text("api/fs.html", Page($"File system, {version}", FileSystem())),
            SampleFile.Text("api/index.html", Page($"Documentation of {version}", "<p><a href=\"fs.html\">File system</a></p>")),
            SampleFile.Text("index.html", Page($"Node {version}", "<p><a href=\"api/\">Documentation</a></p>", "api/assets/style.css")),
        ],
    };

    /// <param name="title">Heading too.</param>
    /// <param name="body">Below the heading, as HTML.</param>
    /// <param name="style">Where the style sheet is, relative to the page; null for none.</param>
    public static string Page(string title, string body, string? style = "assets/style.css") => $"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>{title}</title>{(style is null ? "" : $"<link rel=\"stylesheet\" href=\"{style}\">")}</head>
        <body>
        <h1>{title}</h1>
        {body}
        </body>
        </html>

        """;

    private static string FileSystem()
    {
        var text = new StringBuilder();
        foreach (var call in Calls)
        {
            text.Append("<h2 id=\"fs").Append(call).Append("\"><code>fs.").Append(call).Append("(path, callback)</code></h2>\n")
                .Append("<p>Asks the operating system for <code>").Append(call).Append("</code> and hands its answer to the callback.</p>\n");
        }

        return text.ToString();
    }

    private static string AllJson(string version) =>
        $"{{\"version\":\"{version}\",\"modules\":[{{\"name\":\"fs\",\"methods\":["
        + string.Join(',', Calls.Select(call => $"{{\"name\":\"{call}\",\"params\":[\"path\",\"callback\"]}}")) + "]}]}\n";

    private static string ApiLinks(string version) =>
        "{\n" + string.Join(",\n", Calls.Select(call => $"  \"fs.{call}\": \"https://example.org/{version}/lib/fs.js#{call}\"")) + "\n}\n";

    private const string ConfigSchema = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "nodeOptions": { "type": "object", "additionalProperties": true }
          }
        }

        """;
}
