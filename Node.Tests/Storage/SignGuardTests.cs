using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Storage;

/// <summary>One key says no two things, whatever happens to the process, the disk or the rest of the home.</summary>
public class SignGuardTests
{
    private static readonly Digest Chain = Some.Digest(200);

    private TemporaryDirectory home = null!;

    private SecretKey key = null!;

    private string Path => home["guard"];

    [SetUp]
    public void MakeHome() => (home, key) = (new(), Some.Key(1));

    [TearDown]
    public void RemoveHome()
    {
        home.Dispose();
        key.Dispose();
    }

    [Test]
    public void A_vote_is_signed_and_the_same_vote_gives_the_same_signature_after_a_restart()
    {
        var first = Say(Prevote(5, 0, 1));

        Assert.That(first!.Vote.Validator.Key.Verify(first.Vote.SigningDigest(Chain), first.Signature));
        Assert.That(Say(Prevote(5, 0, 1)), Is.EqualTo(first));
    }

    [Test]
    public void Another_vote_at_the_same_place_is_refused_also_after_a_restart()
    {
        Say(Prevote(5, 0, 1));

        Assert.That(Say(Prevote(5, 0, 2)), Is.Null);
        Assert.That(Say(Prevote(5, 0, null)), Is.Null);
        Assert.That(Say(Prevote(5, 0, 1) with { Round = 1, ValidRound = 0 }), Is.Not.Null);
        Assert.That(Say(Prevote(5, 0, 1) with { Round = 1 }), Is.Null, "same block, other valid round");
    }

    [Test]
    public void Nothing_is_signed_below_the_last_place()
    {
        Say(Precommit(5, 3, 1));

        Assert.That(Say(Prevote(5, 3, 1)), Is.Null);
        Assert.That(Say(Precommit(5, 2, 1)), Is.Null);
        Assert.That(Say(Precommit(4, 9, 1)), Is.Null);
        Assert.That(Say(Prevote(5, 4, 1)), Is.Not.Null);
        Assert.That(Say(Prevote(6, 0, 1)), Is.Not.Null);
    }

    [Test]
    public void Two_proposals_for_one_round_are_refused_and_a_proposal_comes_before_its_round_s_votes()
    {
        using (var guard = Open())
        {
            Assert.That(guard.Sign(Proposal(5, 0, 1), Chain, key), Is.Not.Null);
            Assert.That(guard.Sign(Proposal(5, 0, 1), Chain, key), Is.Not.Null);
            Assert.That(guard.Sign(Proposal(5, 0, 2), Chain, key), Is.Null);
            Assert.That(guard.Sign(Prevote(5, 1, 2), Chain, key), Is.Not.Null);
            Assert.That(guard.Sign(Proposal(5, 1, 2), Chain, key), Is.Null);
        }
        using var again = Open();
        Assert.That(again.Sign(Proposal(5, 0, 2), Chain, key), Is.Null);
    }

    [Test]
    public void The_ring_goes_round_and_keeps_the_last_word()
    {
        for (var height = 1UL; height <= 3 * SignGuard.Slots; height++)
            Say(Prevote(height, 0, 1));

        using var guard = Open();
        Assert.That(guard.Last, Is.EqualTo(SigningPlace.Of(Prevote(3 * SignGuard.Slots, 0, 1))));
        var last = guard.Sign(Prevote(3 * SignGuard.Slots, 0, 1), Chain, key);
        Assert.That(guard.Votes(3 * SignGuard.Slots), Is.EqualTo(new[] { last }));
        Assert.That(new FileInfo(Path).Length, Is.EqualTo(SignGuard.FileBytes));
    }

    [Test]
    public void A_torn_last_write_is_forgotten_because_its_signature_never_left()
    {
        Say(Prevote(1, 0, 1));
        Say(Prevote(2, 0, 1));
        Overwrite(SlotAt(1), GuardSlot.Bytes);

        using var guard = Open();
        Assert.That(guard.Last!.Value.Height, Is.EqualTo(1));
        Assert.That(guard.Sign(Prevote(2, 0, 2), Chain, key), Is.Not.Null);
    }

    [Test]
    public void One_bad_byte_anywhere_makes_it_forget_nothing([Values(0, 1, 37, 70)] int slot)
    {
        for (var height = 1UL; height <= 70; height++)
            Say(Prevote(height, 0, 1));
        for (var at = 0; at < GuardSlot.Bytes; at += 101)
        {
            var place = slot == 0 ? at : SlotAt((ulong)slot - 1) + at;
            Flip(place);
            using (var guard = Open())
                Assert.That(guard.Last!.Value.Height, Is.EqualTo(70), $"byte {place}");
            Flip(place);
        }
    }

    [Test]
    public void B12_A_lost_slot_before_the_last_is_damage_with_a_way_out()
    {
        for (var height = 1UL; height <= 70; height++)
            Say(Prevote(height, 0, 1));
        Overwrite(SlotAt(40), GuardSlot.Bytes);

        var refused = Assert.Throws<StoreException>(() => Open().Dispose());
        Assert.That(refused!.Message, Does.Contain("damaged"));
        Assert.That(refused.Hint, Does.Contain("--new-guard"));
    }

    [Test]
    public void A_lost_head_is_damage_once_anything_was_signed()
    {
        Say(Prevote(1, 0, 1));
        Overwrite(0, GuardSlot.Bytes);

        Assert.Throws<StoreException>(() => Open().Dispose());
    }

    [Test]
    public void A_first_start_that_was_cut_short_is_begun_again([Values(0, 100, 1024)] int written)
    {
        Open().Dispose();
        var bytes = File.ReadAllBytes(Path);
        bytes.AsSpan(written, GuardSlot.Bytes - Math.Min(written, GuardSlot.Bytes)).Clear();
        File.WriteAllBytes(Path, bytes);

        Assert.That(Say(Prevote(1, 0, 1)), Is.Not.Null);
    }

    [Test]
    public void The_guard_of_another_key_or_chain_is_refused()
    {
        Say(Prevote(1, 0, 1));

        using var other = Some.Key(2);
        using (var file = DiskFile.Open(Path))
        {
            Assert.Throws<StoreException>(() => SignGuard.Open(file, Some.Digest(201), key.PublicKey));
            Assert.Throws<StoreException>(() => SignGuard.Open(file, Chain, other.PublicKey));
        }
    }

    [Test]
    public void After_a_write_that_failed_nothing_is_signed()
    {
        using var guard = SignGuard.Open(new FullDisk(DiskFile.Open(Path)), Chain, key.PublicKey);

        Assert.Throws<StoreException>(() => guard.Sign(Prevote(1, 0, 1), Chain, key));
        Assert.Throws<InvalidOperationException>(() => guard.Sign(Prevote(2, 0, 1), Chain, key));
    }

    private Vote Prevote(ulong height, uint round, int? block) => new(
        VoteKind.Prevote, height, round, block is { } b ? Some.Digest(b) : null, new(key.PublicKey));

    private Vote Precommit(ulong height, uint round, int? block) =>
        Prevote(height, round, block) with { Kind = VoteKind.Precommit };

    private Proposal Proposal(ulong height, uint round, int block) =>
        new(height, round, null, Some.Digest(block), new(key.PublicKey));

    private static int SlotAt(ulong number) => (1 + (int)(number % SignGuard.Slots)) * GuardSlot.Bytes;

    // A process of its own each time: what it says is all that the file lets it say.
    private SignedVote? Say(Vote vote)
    {
        using var guard = Open();
        return guard.Sign(vote, Chain, key);
    }

    private SignGuard Open()
    {
        var file = DiskFile.Open(Path);
        try
        {
            return SignGuard.Open(file, Chain, key.PublicKey);
        }
        catch (StoreException)
        {
            file.Dispose();
            throw;
        }
    }

    private void Flip(int at)
    {
        var bytes = File.ReadAllBytes(Path);
        bytes[at] ^= 0x40;
        File.WriteAllBytes(Path, bytes);
    }

    private void Overwrite(int at, int count)
    {
        var bytes = File.ReadAllBytes(Path);
        bytes.AsSpan(at, count).Fill(0xa5);
        File.WriteAllBytes(Path, bytes);
    }

    /// <summary>A disk that takes the head and nothing after it.</summary>
    private sealed class FullDisk(IFile disk) : IFile
    {
        public string Path => disk.Path;

        public long Length => disk.Length;

        public byte[] ReadAll() => disk.ReadAll();

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (offset > 0)
                throw new StoreException("no space", "free some");
            disk.Write(bytes, offset);
        }

        public void SetLength(long length) => disk.SetLength(length);

        public void Sync() => disk.Sync();

        public void Dispose() => disk.Dispose();
    }
}
