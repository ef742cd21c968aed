using Ledger.Consensus.Chain;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Tests.Consensus.State;

namespace Ledger.Node.Tests.Consensus.Light;

/// <summary>A file that proves an account, a task, a model or the validators to somebody without a node.</summary>
public class ProofFileTests
{
    private static readonly SomeChain Chain = Busy();
    private static readonly ulong Now = Chain.State.Time;
    private static readonly LightOptions Options = LightOptions.Of(Chain.Genesis.Parameters);
    private static readonly Trusted Genesis = Trusted.Of(Chain.Genesis);

    // Two rounds are done; the tip's header commits to the state after the block before it.
    private static SomeChain Busy()
    {
        var chain = new SomeChain(parameters: SomeChain.Patient);
        for (var round = 5; round < 7; round++)
        {
            chain.Reach(Phase.Close, 4, 5, 6);
            chain.Close(chain.Closing(round));
            chain.Wait(SomeChain.Window);
        }
        chain.Next(chain.From(6, new Payload.Transfer(chain.Who(0), 5)));
        chain.Next();
        return chain;
    }

    private static ProofFile FileOf(byte[] key, params int[] heights) => new(
        [.. heights.Append(Chain.Headers.Count).Select(h => Chain.Headers[h - 1])],
        StateProof.Of(Chain.Trees[^2], key));

    [Test]
    public void An_account_is_proved_from_the_genesis_alone()
    {
        var file = FileOf(StateLeaves.KeyOf(Chain.Who(6)));

        Assert.That(ProofFile.TryDecode(file.Encode(), out var read));
        Assert.That(read!.Verify(Genesis, Options, Now), Is.EqualTo(LightFault.None));
        Assert.That(StateLeaves.ReadAccount(read.State.Value), Is.EqualTo(Chain.State.AccountOf(Chain.Who(6))));
    }

    [Test]
    public void An_address_that_owns_nothing_is_proved_to()
    {
        var file = FileOf(StateLeaves.KeyOf(new(Some.Key(77).PublicKey)));

        Assert.That(file.State.Value, Is.Null);
        Assert.That(file.Verify(Genesis, Options, Now), Is.EqualTo(LightFault.None));
        Assert.That((file with { State = file.State with { Value = [] } }).Verify(Genesis, Options, Now),
            Is.EqualTo(LightFault.BadStateProof));
    }

    [TestCase(1U, 5)]
    [TestCase(2U, 6)]
    public void The_parameters_of_a_round_are_proved_canonical(uint round, int parameters)
    {
        var file = FileOf(TaskLeaves.KeyOfResult(Chain.Task, round));

        Assert.That(file.Verify(Genesis, Options, Now), Is.EqualTo(LightFault.None));
        Assert.That(TaskLeaves.ReadResult(file.State.Value)!.Parameters, Is.EqualTo(Some.Digest(parameters)));
        Assert.That(SizeWithoutCertificates(file), Is.LessThan(2_000));
    }

    [Test]
    public void A_task_and_the_validators_are_proved()
    {
        var task = FileOf(TaskLeaves.KeyOfProgress(Chain.Task));
        Assert.That(task.Verify(Genesis, Options, Now), Is.EqualTo(LightFault.None));
        Assert.That(TaskLeaves.ReadProgress(task.State.Value)!.Round, Is.EqualTo(3));
        Assert.That(SizeWithoutCertificates(task), Is.LessThan(2_000));

        var validators = FileOf(StateLeaves.KeyOfValidators);
        Assert.That(validators.Verify(Genesis, Options, Now), Is.EqualTo(LightFault.None));
        Assert.That(StateLeaves.ReadValidators(validators.State.Value), Is.EqualTo(validators.Head.Validators));
    }

    [Test]
    public void B24_A_proof_with_any_byte_changed_is_refused()
    {
        var bytes = FileOf(TaskLeaves.KeyOfResult(Chain.Task, 2), 1, 4).Encode();
        Assert.That(IsGood(bytes));
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= (byte)(1 << i % 8);
            Assert.That(IsGood(changed), Is.False, $"byte {i} of {bytes.Length}");
        }
        Assert.That(IsGood([.. bytes, 0]), Is.False);
        Assert.That(IsGood(bytes[..^1]), Is.False);
    }

    [Test]
    public void A_trusted_header_is_enough_and_everything_after_it_is_checked()
    {
        var file = FileOf(StateLeaves.KeyOf(Chain.Who(6)), 3);
        var anchor = Chain.Headers[2].Header.Digest();

        Assert.That(file.Verify(anchor, Options, Now), Is.EqualTo(LightFault.None));
        Assert.That(file.Verify(Some.Digest(1), Options, Now), Is.EqualTo(LightFault.WrongAnchor));
        Assert.That(file.Verify(Chain.Headers[^1].Header.Digest(), Options, Now), Is.EqualTo(LightFault.WrongAnchor));
        var newest = FileOf(StateLeaves.KeyOf(Chain.Who(6)));
        Assert.That(newest.Verify(newest.Head.Header.Digest(), Options, Now), Is.EqualTo(LightFault.None));
        var unsigned = newest.Head.Certificate with { Signatures = [] };
        Assert.That((newest with { Chain = [newest.Head with { Certificate = unsigned }] })
            .Verify(newest.Head.Header.Digest(), Options, Now), Is.EqualTo(LightFault.BadCertificate));
    }

    [Test]
    public void A_proof_from_the_state_of_another_block_is_refused()
    {
        var key = StateLeaves.KeyOf(Chain.Who(6));
        var late = FileOf(key) with { State = StateProof.Of(Chain.Trees[^4], key) };

        Assert.That(late.Verify(Genesis, Options, Now), Is.EqualTo(LightFault.BadStateProof));
    }

    [Test]
    public void A_file_of_another_chain_is_refused()
    {
        var other = Trusted.Of(Chain.Genesis with { Name = "other" });

        Assert.That(FileOf(StateLeaves.KeyOfValidators).Verify(other, Options, Now), Is.EqualTo(LightFault.WrongChain));
    }

    private static bool IsGood(byte[] bytes) => ProofFile.TryDecode(bytes, out var file)
        && file.Verify(Genesis, Options, Now) == LightFault.None;

    // The header counts, its certificate and validators do not.
    private static int SizeWithoutCertificates(ProofFile file)
    {
        var bare = file.Head with
        {
            Certificate = file.Head.Certificate with { Signatures = [] },
            Validators = new([new(Chain.Who(0), 1, 0)]),
        };
        return (file with { Chain = [bare] }).Encode().Length;
    }
}
