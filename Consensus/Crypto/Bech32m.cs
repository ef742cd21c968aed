using System.Text;

namespace Ledger.Consensus.Crypto;

/// <summary>Bech32m (BIP 350): text for 32 bytes that catches any four wrong letters.</summary>
internal static class Bech32m
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const uint Constant = 0x2bc830a3;
    private const int ChecksumLength = 6;

    /// <summary>Writes <paramref name="data"/> under a lower-case human-readable <paramref name="prefix"/>.</summary>
    internal static string Encode(string prefix, ReadOnlySpan<byte> data)
    {
        var values = Regroup(data, 8, 5, pad: true)!;
        var check = Polymod([.. Expand(prefix), .. values, 0, 0, 0, 0, 0, 0]) ^ Constant;
        var text = new StringBuilder(prefix).Append('1');
        foreach (var value in values)
            text.Append(Alphabet[value]);
        for (var i = 0; i < ChecksumLength; i++)
            text.Append(Alphabet[(int)(check >> (5 * (5 - i))) & 31]);
        return text.ToString();
    }

    /// <summary>
    /// The bytes of a text under <paramref name="prefix"/>, or null where prefix, letters or checksum are wrong.
    /// </summary>
    internal static byte[]? Decode(string prefix, string text)
    {
        if (text.Length < prefix.Length + 1 + ChecksumLength
            || !text.StartsWith(prefix + "1", StringComparison.Ordinal))
            return null;
        var values = new byte[text.Length - prefix.Length - 1];
        for (var i = 0; i < values.Length; i++)
        {
            var value = Alphabet.IndexOf(text[prefix.Length + 1 + i], StringComparison.Ordinal);
            if (value < 0)
                return null;
            values[i] = (byte)value;
        }
        return Polymod([.. Expand(prefix), .. values]) == Constant
            ? Regroup(values.AsSpan(0, values.Length - ChecksumLength), 5, 8, pad: false)
            : null;
    }

    private static byte[] Expand(string prefix) =>
        [.. prefix.Select(c => (byte)(c >> 5)), 0, .. prefix.Select(c => (byte)(c & 31))];

    private static uint Polymod(byte[] values)
    {
        ReadOnlySpan<uint> generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        uint check = 1;
        foreach (var value in values)
        {
            var top = check >> 25;
            check = ((check & 0x1ffffff) << 5) ^ value;
            for (var i = 0; i < generators.Length; i++)
                check ^= ((top >> i) & 1) * generators[i];
        }
        return check;
    }

    private static byte[]? Regroup(ReadOnlySpan<byte> input, int from, int to, bool pad)
    {
        int pending = 0, bits = 0;
        var output = new List<byte>();
        foreach (var value in input)
        {
            pending = ((pending << from) | value) & 0xffff;
            bits += from;
            while (bits >= to)
            {
                bits -= to;
                output.Add((byte)((pending >> bits) & ((1 << to) - 1)));
            }
        }
        var rest = (pending << (to - bits)) & ((1 << to) - 1);
        if (pad && bits > 0)
            output.Add((byte)rest);
        // One spelling a value: what is left over must be shorter than a group, and zero.
        return pad || (bits < from && rest == 0) ? [.. output] : null;
    }
}
