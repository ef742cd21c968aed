using System.Collections.Immutable;

namespace Ledger.Learning.Aggregation;

/// <summary>How an update travels. All of them are int8 values, or zeros, once they are read.</summary>
public enum UpdateFormat
{
    /// <summary>A byte a value: a quarter of float32, and nothing is lost.</summary>
    Int8,

    /// <summary>Half a byte: an eighth.</summary>
    Int4,

    /// <summary>The largest tenth of the values, int8, and their places: a 25th.</summary>
    Top10,

    /// <summary>The largest hundredth: a 199th.</summary>
    Top1,
}

/// <summary>What follows from a format.</summary>
public static class UpdateFormats
{
    /// <summary>As recipes and the command line spell them.</summary>
    public static ImmutableArray<string> Names { get; } = ["int8", "int4", "top-10%", "top-1%"];

    public static string Name(this UpdateFormat format) => Names[(int)format];

    /// <summary>The format of this name; null where there is none.</summary>
    public static UpdateFormat? Find(string name) =>
        Names.IndexOf(name) is >= 0 and var found ? (UpdateFormat)found : null;

    /// <summary>The largest |q|.</summary>
    public static int Largest(this UpdateFormat format) => format == UpdateFormat.Int4 ? 7 : ModelUpdate.Largest;

    /// <summary>How many of so many values may travel.</summary>
    public static int Kept(this UpdateFormat format, int count) => format switch
    {
        UpdateFormat.Top10 => (count + 9) / 10,
        UpdateFormat.Top1 => (count + 99) / 100,
        _ => count,
    };

    /// <summary>How many updates weigh as much as the parameters, of which each takes four bytes.</summary>
    public static int UpdatesPerParameters(this UpdateFormat format) => format switch
    {
        UpdateFormat.Int8 => 4,
        UpdateFormat.Int4 => 8,
        UpdateFormat.Top10 => 25,
        _ => 199,
    };

    /// <summary>Whether what is left out of one update is added to the contributor's next (error feedback).</summary>
    public static bool FeedsBack(this UpdateFormat format) => format != UpdateFormat.Int8;

    /// <summary>The parameter of the Golomb-Rice code of the gaps between places, best for random ones.</summary>
    internal static int RiceBits(this UpdateFormat format) => format == UpdateFormat.Top10 ? 3 : 6;
}
