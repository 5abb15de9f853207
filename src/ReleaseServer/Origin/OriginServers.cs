using ReleaseServer.Alerting;

namespace ReleaseServer.Origin;

/// <summary>All origins in their order, and what is told of their health. Safe for concurrent use.</summary>
internal sealed partial class OriginServers : IDisposable
{
    private readonly OriginSwitch _order;
    private readonly IAlerts _alerts;
    private readonly ILogger<OriginServers> _logger;
    private readonly string _subject;

    // What is told must be in the order in which it happened.
    private readonly Lock _telling = new();

    public OriginServers(OriginOptions options, OriginSwitch order, IAlerts alerts, TimeProvider clock, ILogger<OriginServers> logger)
    {
        (_order, _alerts, _logger) = (order, alerts, logger);
        All = [.. options.Urls.Select(url => new OriginServer(new Uri(url), options, clock))];
        _subject = string.Join(", ", All.Select(static server => server.Address));
    }

    public IReadOnlyList<OriginServer> All { get; }

    /// <summary>Notes that a request or a check failed.</summary>
    public void NoteFailure(OriginServer server, string trouble)
    {
        lock (_telling)
        {
            if (!server.Health.Fail(trouble))
            {
                return;
            }

            LogDown(server.Address, trouble);
            RaiseWhereAllAreDown();
        }
    }

    /// <summary>Notes that a check succeeded.</summary>
    public void NoteCheck(OriginServer server)
    {
        lock (_telling)
        {
            if (server.Health.SucceedCheck())
            {
                LogBack(server.Address);
                _alerts.Resolve(AlertKind.OriginDown, _subject, $"{server.Address} answers again");
            }
        }
    }

    /// <summary>Changes who is asked first, and says so.</summary>
    /// <returns>What held before.</returns>
    public OriginOrder Switch(OriginOrder order)
    {
        lock (_telling)
        {
            var before = _order.Order;
            _order.Order = order;
            LogSwitched(before, order);
            if (order == OriginOrder.Off)
            {
                _alerts.Resolve(AlertKind.OriginDown, _subject, "The origin is switched off");
            }

            RaiseWhereAllAreDown();
            return before;
        }
    }

    public void Dispose()
    {
        foreach (var server in All)
        {
            server.Dispose();
        }
    }

    // Of an origin that nobody asks, nobody need hear.
    private void RaiseWhereAllAreDown()
    {
        if (_order.Order != OriginOrder.Off && All.All(static server => server.Health.IsOpen))
        {
            _alerts.Raise(new Alert(
                AlertKind.OriginDown,
                _subject,
                $"No origin answers: {string.Join("; ", All.Select(static server => server.Health.Trouble))}"));
        }
    }

    [LoggerMessage(LogLevel.Error, "The origin {Address} is asked no more until it answers its checks: {Trouble}")]
    private partial void LogDown(string address, string trouble);

    [LoggerMessage(LogLevel.Information, "The origin {Address} answers again")]
    private partial void LogBack(string address);

    [LoggerMessage(LogLevel.Warning, "The order was {Before} and is {Order} now")]
    private partial void LogSwitched(OriginOrder before, OriginOrder order);
}
