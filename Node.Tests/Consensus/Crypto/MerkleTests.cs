using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>The reference leaves and roots of Certificate Transparency's own tests for RFC 6962.</summary>
public class MerkleTests
{
    private static readonly byte[][] Leaves =
    [
        .. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }
            .Select(Convert.FromHexString),
    ];

    [TestCase(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [TestCase(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [TestCase(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [TestCase(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [TestCase(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [TestCase(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [TestCase(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [TestCase(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [TestCase(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_root_of_n_leaves_is_the_published_one(int count, string root) =>
        Assert.That(Merkle.Root(Leaves[..count]).ToString(), Is.EqualTo(root));

    [Test]
    public void B24_A_node_cannot_pose_as_a_leaf()
    {
        byte[] node = [.. Merkle.Leaf(Leaves[0]).ToArray(), .. Merkle.Leaf(Leaves[1]).ToArray()];

        Assert.That(Merkle.Root([node]), Is.Not.EqualTo(Merkle.Root(Leaves[..2])));
    }

    [Test]
    public void The_last_leaf_twice_is_another_tree() =>
        Assert.That(Merkle.Root([.. Leaves[..3], Leaves[2]]), Is.Not.EqualTo(Merkle.Root(Leaves[..3])));
}
