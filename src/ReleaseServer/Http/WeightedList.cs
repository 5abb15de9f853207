using Microsoft.Extensions.Primitives;

namespace ReleaseServer.Http;

/// <summary>A member of an <c>Accept</c> or <c>Accept-Encoding</c> list.</summary>
/// <param name="name">A media range or a content coding.</param>
/// <param name="parameters">What stands between name and weight, without semicolons around it; mostly empty.</param>
/// <param name="weight">In thousandths, 0 to 1000; 1000 where none is given (RFC 9110 §12.4.2).</param>
internal readonly ref struct WeightedMember(ReadOnlySpan<char> name, ReadOnlySpan<char> parameters, int weight)
{
    public ReadOnlySpan<char> Name { get; } = name;

    public ReadOnlySpan<char> Parameters { get; } = parameters;

    public int Weight { get; } = weight;

    public bool Is(ReadOnlySpan<char> name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Walks a list with weights (RFC 9110 §12.4.2) over all lines of its field, without allocating.</summary>
/// <remarks>Empty elements are skipped (RFC 9110 §5.6.1.2), and so are members whose weight is no weight: they ask for nothing clear.</remarks>
internal ref struct WeightedList(StringValues lines)
{
    private ReadOnlySpan<char> _rest;
    private int _nextLine;

    public WeightedMember Current { get; private set; }

    public readonly WeightedList GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!_rest.IsEmpty || _nextLine < lines.Count)
        {
            if (_rest.IsEmpty)
            {
                _rest = lines[_nextLine++];
                continue;
            }

            var text = Take(ref _rest, ',');
            if (!text.IsEmpty && TryRead(text, out var member))
            {
                Current = member;
                return true;
            }
        }

        return false;
    }

    private static bool TryRead(ReadOnlySpan<char> text, out WeightedMember member)
    {
        var name = Take(ref text, ';');
        var parameters = text;
        while (!text.IsEmpty)
        {
            var before = parameters[..^text.Length].Trim("; \t");
            var parameter = Take(ref text, ';');
            var equals = parameter.IndexOf('=');
            if (equals < 0 || parameter[..equals].TrimEnd(Whitespace.Optional) is not ("q" or "Q"))
            {
                continue;
            }

            // The weight ends the member; what may follow it has no meaning any more (RFC 9110 §12.5.1).
            var weighted = TryReadWeight(parameter[(equals + 1)..].TrimStart(Whitespace.Optional), out var weight);
            member = new WeightedMember(name, before, weight);
            return weighted;
        }

        member = new WeightedMember(name, parameters.Trim("; \t"), 1000);
        return true;
    }

    // qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
    private static bool TryReadWeight(ReadOnlySpan<char> text, out int thousandths)
    {
        thousandths = 0;
        if (text.Length is 0 or > 5 || text[0] is not ('0' or '1') || (text.Length > 1 && text[1] != '.'))
        {
            return false;
        }

        thousandths = (text[0] - '0') * 1000;
        var unit = 100;
        for (var i = 2; i < text.Length; i++)
        {
            if (!char.IsAsciiDigit(text[i]))
            {
                return false;
            }

            thousandths += (text[i] - '0') * unit;
            unit /= 10;
        }

        return thousandths <= 1000;
    }

    // Cuts off what precedes the separator, passing over quoted strings (RFC 9110 §5.6.4).
    private static ReadOnlySpan<char> Take(scoped ref ReadOnlySpan<char> rest, char separator)
    {
        var quoted = false;
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == separator && !quoted)
            {
                var taken = rest[..i].Trim(Whitespace.Optional);
                rest = rest[(i + 1)..];
                return taken;
            }

            quoted ^= rest[i] == '"';
            i += quoted && rest[i] == '\\' ? 1 : 0;
        }

        var last = rest.Trim(Whitespace.Optional);
        rest = [];
        return last;
    }
}
