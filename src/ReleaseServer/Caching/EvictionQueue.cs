namespace ReleaseServer.Caching;

/// <summary>
/// Keeps residents within a number of bytes. What comes in waits in a small queue for a second use; only with one does it get into the main
/// queue, so that a crawl of everything passes through and flushes nothing (S3-FIFO: Yang and others, SOSP 2023). Safe for concurrent use.
/// </summary>
/// <param name="capacity">Bytes.</param>
internal sealed class EvictionQueue(long capacity)
{
    /// <summary>Part of the capacity that newcomers share; a tenth measured best in the paper.</summary>
    private const int NewcomersPart = 10;

    /// <summary>Names remembered of what was evicted as a newcomer.</summary>
    private const int MostRemembered = 65_536;

    private readonly Lock _lock = new();
    private readonly LinkedList<Resident> _newcomers = new();
    private readonly LinkedList<Resident> _main = new();
    private readonly Queue<int> _rememberedInOrder = new();
    private readonly HashSet<int> _remembered = [];
    private long _newcomersUsed;
    private long _mainUsed;
    private long _reserved;
    private long _evicted;

    public long Capacity => capacity;

    /// <summary>Bytes taken, reservations included.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _newcomersUsed + _mainUsed + _reserved;
            }
        }
    }

    /// <summary>Bytes set aside for what is on its way.</summary>
    public long Reserved
    {
        get
        {
            lock (_lock)
            {
                return _reserved;
            }
        }
    }

    /// <summary>Residents evicted since the start.</summary>
    public long Evicted => Interlocked.Read(ref _evicted);

    /// <summary>Takes a resident in, and evicts others if need be.</summary>
    /// <returns>False, with nothing done, for one that is larger than there is room at all.</returns>
    public bool TryAdd(Resident resident)
    {
        List<Resident>? evicted = null;
        lock (_lock)
        {
            if (resident.Cost > capacity - _reserved)
            {
                return false;
            }

            Enter(_remembered.Remove(NameOf(resident)) ? _main : _newcomers, resident);
            MakeRoom(ref evicted);
        }

        Tell(evicted);
        return true;
    }

    /// <summary>Gives a resident's room back; one that is not here is no error.</summary>
    public void Remove(Resident resident)
    {
        lock (_lock)
        {
            Leave(resident);
        }
    }

    /// <summary>Sets bytes aside for what is on its way, and evicts residents if need be.</summary>
    /// <returns>False, with nothing done, where others have set too much aside.</returns>
    public bool TryReserve(long bytes)
    {
        List<Resident>? evicted = null;
        lock (_lock)
        {
            if (bytes > capacity - _reserved)
            {
                return false;
            }

            _reserved += bytes;
            MakeRoom(ref evicted);
        }

        Tell(evicted);
        return true;
    }

    /// <summary>Whether <see cref="TryReserve"/> would do it now.</summary>
    public bool CanReserve(long bytes)
    {
        lock (_lock)
        {
            return bytes <= capacity - _reserved;
        }
    }

    /// <summary>Gives back what <see cref="TryReserve"/> set aside.</summary>
    public void Release(long bytes)
    {
        lock (_lock)
        {
            _reserved -= bytes;
        }
    }

    private static void Tell(List<Resident>? evicted)
    {
        foreach (var resident in evicted ?? [])
        {
            resident.OnEvicted();
        }
    }

    private static int NameOf(Resident resident) => string.GetHashCode(resident.Id, StringComparison.Ordinal);

    private void Enter(LinkedList<Resident> queue, Resident resident)
    {
        resident.Node = queue.AddLast(resident);
        Count(queue, resident.Cost);
    }

    private void Leave(Resident resident)
    {
        if (resident.Node is { List: { } queue } node)
        {
            queue.Remove(node);
            resident.Node = null;
            Count(queue, -resident.Cost);
        }
    }

    private void Count(LinkedList<Resident> queue, long bytes)
    {
        if (queue == _main)
        {
            _mainUsed += bytes;
        }
        else
        {
            _newcomersUsed += bytes;
        }
    }

    private void MakeRoom(ref List<Resident>? evicted)
    {
        while (_newcomersUsed + _mainUsed + _reserved > capacity)
        {
            if (_newcomersUsed > capacity / NewcomersPart || _mainUsed == 0)
            {
                PassNewcomer(ref evicted);
            }
            else
            {
                PassMain(ref evicted);
            }
        }
    }

    private void PassNewcomer(ref List<Resident>? evicted)
    {
        var resident = _newcomers.First!.Value;
        Leave(resident);
        if (resident.Uses > 1)
        {
            resident.Uses = 0;
            Enter(_main, resident);
            return;
        }

        Remember(NameOf(resident));
        _evicted++;
        (evicted ??= []).Add(resident);
    }

    private void PassMain(ref List<Resident>? evicted)
    {
        var resident = _main.First!.Value;
        Leave(resident);
        if (resident.Uses > 0)
        {
            resident.Uses--;
            Enter(_main, resident);
            return;
        }

        _evicted++;
        (evicted ??= []).Add(resident);
    }

    private void Remember(int name)
    {
        if (_remembered.Add(name))
        {
            _rememberedInOrder.Enqueue(name);
            if (_rememberedInOrder.Count > MostRemembered)
            {
                _remembered.Remove(_rememberedInOrder.Dequeue());
            }
        }
    }
}
