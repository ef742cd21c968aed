using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;

namespace Ledger.Node.Tests.Consensus.Light;

/// <summary>
/// Headers, certificates and validator sets without blocks: a chain as a light client sees it. Its members at a height
/// are the numbers that a function gives, with their stakes.
/// </summary>
internal sealed class LightChain
{
    internal const ulong Start = 1_000_000, Second = 1_000;

    private static readonly Digest Chain = Some.Digest(99);
    private readonly Func<ulong, (int Key, ulong Stake)[]> members;

    internal LightChain(
        int heights, Func<ulong, (int Key, ulong Stake)[]> members, int content = 0, ulong step = Second)
    {
        this.members = members;
        var previous = default(Digest);
        for (ulong height = 1; height <= (ulong)heights; height++)
        {
            var header = new Header(Header.FirstVersion, Chain, height, Start + height * step, previous, default,
                Some.Digest(content), default, SetAt(height).Digest(), SetAt(height + 1).Digest(), default,
                Some.Digest(3), Who(members(height)[0].Key));
            Blocks.Add(Signed(header, SetAt(height), members(height).Select(m => m.Key)));
            previous = header.Digest();
        }
    }

    internal List<LightBlock> Blocks { get; } = [];

    internal Trusted Genesis => new(Chain, 0, Start, SetAt(1), SetAt(1).Digest());

    internal static Address Who(int key) => new(Some.Key(key).PublicKey);

    internal static ValidatorSet SetOf(IEnumerable<(int Key, ulong Stake)> members) =>
        new(members.Select(m => new Validator(Who(m.Key), m.Stake, 0)));

    internal static LightBlock Signed(Header header, ValidatorSet validators, IEnumerable<int> signers)
    {
        var block = header.Digest();
        return new(header, new(header.Height, 0, block,
            [
                .. signers.OrderBy(Who).Select(k => (Who(k), Some.Key(k).Sign(
                    new Vote(VoteKind.Precommit, header.Height, 0, block, Who(k)).SigningDigest(Chain)))),
            ]), validators);
    }

    internal LightBlock At(ulong height) => Blocks[(int)height - 1];

    internal ValidatorSet SetAt(ulong height) => SetOf(members(height));
}
