using ReleaseServer.EndToEnd.Processes;

namespace ReleaseServer.EndToEnd.Sites;

/// <summary>A server of the tests' release tree. The clients' tests are written once, against this, and run on each kind of site.</summary>
public abstract class ReleaseSite : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private string? _missing;
    private Uri? _address;

    /// <summary>The root of the site, without a closing slash: <c>http://127.0.0.1:PORT</c>.</summary>
    public string Address => _address!.GetLeftPart(UriPartial.Authority);

    /// <summary>A directory for the server, gone with it.</summary>
    protected string Home => _directory.Path;

    public async ValueTask InitializeAsync()
    {
        try
        {
            _address = await StartAsync();
        }
        catch (RequirementMissingException exception)
        {
            _missing = exception.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Skips the test where the machine lacks what this site needs.</summary>
    public void Require()
    {
        if (_missing is not null)
        {
            Requirement.Missing(_missing);
        }
    }

    protected abstract Task<Uri> StartAsync();

    protected abstract ValueTask StopAsync();
}
