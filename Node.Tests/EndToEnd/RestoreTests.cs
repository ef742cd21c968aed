namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A validator whose machine is lost, and its backup.</summary>
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
}
