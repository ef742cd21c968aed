namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A validator whose machine is lost, or whose program was faulty.</summary>
[NonParallelizable]
public class RestoreTests
{
    [Test, CancelAfter(120_000)]
    public async Task A_restored_validator_follows_and_takes_its_stake_back_but_never_votes()
    {
        await using var network = await Network.Start(validators: 4, rounds: 1);
        var (witness, lost) = (network.Nodes[0], network.Nodes[3]);
        var backup = network.File("backup.tgz");
        (await lost.Json("backup", "-o", backup)).GetProperty("files");
        await lost.Kill();
        Directory.Delete(lost.Home, recursive: true);

        (await lost.Json("restore", backup)).GetProperty("files");
        await network.Start(lost);

        var height = (await witness.Status()).Height;
        await network.Until(async () => (await lost.Status()).Height > height + 8, 60, "it follows");
        Assert.That(lost.Logged, Has.Some.Contains("its key votes no more"));
        var account = await witness.Account(lost);
        Assert.That(account.Missed, Is.GreaterThan(5), "no certificate has a vote of its");
        Assert.That((account.Tombstoned, account.Stake), Is.EqualTo((false, 10_000UL)));

        (await lost.Json("account", "unstake", "4000")).GetProperty("height");
        Assert.That((await witness.Account(lost)).Stake, Is.EqualTo(6_000));
    }

    [Test, CancelAfter(120_000)]
    public async Task A_validator_computes_its_last_blocks_again_and_goes_on_voting()
    {
        await using var network = await Network.Start(validators: 4, rounds: 1);
        var (witness, mended) = (network.Nodes[0], network.Nodes[3]);
        await network.Until(async () => (await mended.Status()).Height > 12, 60, "there is something to compute");
        var running = await mended.Command("rollback", "--genesis", network.Genesis);
        Assert.That(string.Join('\n', running.Errors), Does.Contain("is in use by another process"));
        await mended.Stop();

        var done = await mended.Json("rollback", "--blocks", "10", "--genesis", network.Genesis);
        Assert.That(done.GetProperty("changed").GetBoolean(), Is.False);
        await network.Start(mended);

        await network.Until(async () => (await witness.Account(mended)).Missed > 0, 30, "it was missed");
        await network.Until(async () => (await witness.Account(mended)).Missed == 0, 30, "it votes again");
    }
}
