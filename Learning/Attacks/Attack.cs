using Ledger.Learning.Data;

namespace Ledger.Learning.Attacks;

/// <summary>What an attacker knows: its own honest update, those of all honest contributors of the round (the worst
/// case: commit and reveal hide them). Deltas are floats, one a parameter.</summary>
public sealed record AttackView(float[] Own, IReadOnlyList<float[]> Honest, ulong Seed);

/// <summary>A way to cheat, by name: by poisoned rows, by a forged update, or as a scorer with a forged root.
/// <paramref name="NeedsOthers"/> is true where it takes the others' updates, which in a real round nobody has in
/// time. A blob is garbled after it was encoded, or promised and opened and given to nobody.</summary>
public sealed record Attack(
    string Name, Func<Dataset, Dataset>? Poison = null, Func<AttackView, float[]>? Forge = null,
    bool InvertsRoots = false, bool NeedsOthers = false, Func<byte[], byte[]>? Garble = null, bool Withholds = false)
{
    public const string NoneName = "none";
    public const string BackdoorName = "backdoor";

    public static IReadOnlyList<Attack> All { get; } =
    [
        new(NoneName),
        new("label-flip", Poison: Poisoning.FlipLabels),
        new("inflated-rows", Poison: Poisoning.FlipLabels),
        new(BackdoorName, Poison: Poisoning.Backdoor, Forge: view => Forging.Scaled(view.Own, 3)),
        new("sign-flip", Forge: view => Forging.Scaled(view.Own, -1)),
        new("sign-flip-10", Forge: view => Forging.Scaled(view.Own, -10)),
        new("gaussian", Forge: Forging.Gaussian),
        new("alie", Forge: Forging.Alie, NeedsOthers: true),
        new("ipm", Forge: view => Forging.Scaled(Forging.Mean(view.Honest), -0.1f), NeedsOthers: true),
        new("ipm-2", Forge: view => Forging.Scaled(Forging.Mean(view.Honest), -2), NeedsOthers: true),
        new("min-max", Forge: Forging.MinMax, NeedsOthers: true),
        new("min-sum", Forge: Forging.MinSum, NeedsOthers: true),
        new("mimic", Forge: view => view.Honest[0], NeedsOthers: true),
        new("copycat", Forge: Forging.Copycat, NeedsOthers: true),
        new("free-rider", Forge: Forging.FreeRider),
        new("adaptive", Forge: Forging.Adaptive, NeedsOthers: true),
        new("inverted-scorers", InvertsRoots: true),
        new("malformed", Garble: blob => blob[..^1]),
        new("withheld", Withholds: true),
    ];

    /// <summary>Whether its updates are in no closing, as no validator holds them in good form.</summary>
    internal bool NeverArrives => Garble is not null || Withholds;

    /// <summary>The update of an attacker that has trained honestly and sees nobody else's.</summary>
    public float[] ForgeAlone(float[] delta, ulong seed) => Forge?.Invoke(new(delta, [delta], seed)) ?? delta;

    public static IEnumerable<string> Names => All.Select(attack => attack.Name);

    public static Attack? Find(string name) => All.FirstOrDefault(attack => attack.Name == name);
}
