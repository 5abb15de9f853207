using System.Text;
using System.Xml;

namespace ReleaseServer.Testing.S3;

/// <summary>Writes a page of ListObjectsV2.</summary>
internal static class StubListing
{
    public static string Page(string bucket, IEnumerable<KeyValuePair<string, StubObject>> objects, IReadOnlyDictionary<string, string> query)
    {
        var prefix = query.GetValueOrDefault("prefix", string.Empty);
        var delimiter = query.GetValueOrDefault("delimiter", string.Empty);
        var encode = query.GetValueOrDefault("encoding-type") == "url";
        var size = int.Parse(query.GetValueOrDefault("max-keys", "1000"), System.Globalization.CultureInfo.InvariantCulture);
        var after = query.TryGetValue("continuation-token", out var token) ? Encoding.UTF8.GetString(Convert.FromBase64String(token)) : null;

        var rows = new List<(string Name, StubObject? Object)>();
        foreach (var (key, item) in objects)
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal))
            {
                continue;
            }

            var end = delimiter.Length == 0 ? -1 : key.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
            var row = end < 0 ? (Name: key, Object: item) : (Name: key[..(end + delimiter.Length)], Object: (StubObject?)null);
            if ((after is null || string.CompareOrdinal(row.Name, after) > 0) && (row.Object is not null || !rows.Contains(row)))
            {
                rows.Add(row);
            }
        }

        var page = rows.Take(size).ToList();
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("ListBucketResult", "http://s3.amazonaws.com/doc/2006-03-01/");
            xml.WriteElementString("Name", bucket);
            xml.WriteElementString("Prefix", Name(prefix, encode));
            xml.WriteElementString("KeyCount", XmlConvert.ToString(page.Count));
            xml.WriteElementString("MaxKeys", XmlConvert.ToString(size));
            xml.WriteElementString("IsTruncated", XmlConvert.ToString(rows.Count > page.Count));
            if (encode)
            {
                xml.WriteElementString("EncodingType", "url");
            }

            if (rows.Count > page.Count)
            {
                xml.WriteElementString("NextContinuationToken", Convert.ToBase64String(Encoding.UTF8.GetBytes(page[^1].Name)));
            }

            foreach (var (name, item) in page)
            {
                xml.WriteStartElement(item is null ? "CommonPrefixes" : "Contents");
                xml.WriteElementString(item is null ? "Prefix" : "Key", Name(name, encode));
                if (item is not null)
                {
                    xml.WriteElementString("LastModified", item.LastModified.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
                    xml.WriteElementString("ETag", item.EntityTag);
                    xml.WriteElementString("Size", XmlConvert.ToString(item.Length));
                    xml.WriteElementString("StorageClass", "STANDARD");
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return text.ToString();
    }

    // As AWS does: a space as plus, slashes as they are.
    private static string Name(string name, bool encode) =>
        encode ? Uri.EscapeDataString(name).Replace("%20", "+", StringComparison.Ordinal).Replace("%2F", "/", StringComparison.Ordinal) : name;
}
