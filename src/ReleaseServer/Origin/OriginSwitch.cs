namespace ReleaseServer.Origin;

/// <summary>Who is asked first, as it stands; an operator may change it at any time. Safe for concurrent use.</summary>
internal sealed class OriginSwitch(OriginOptions options)
{
    private volatile int _order = (int)options.Order;

    /// <summary>Whether there is any origin to ask, whatever the order.</summary>
    public bool HasOrigins { get; } = options.Urls.Length > 0;

    /// <summary>What holds: <see cref="OriginOrder.Off"/> where there is no origin.</summary>
    public OriginOrder Order
    {
        get => HasOrigins ? (OriginOrder)_order : OriginOrder.Off;
        set => _order = (int)value;
    }
}
