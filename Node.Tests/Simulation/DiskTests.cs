using Ledger.Node.Simulation;
using Ledger.Node.Storage;
using Ledger.Node.Tests.Storage;

namespace Ledger.Node.Tests.Simulation;

/// <summary>The simulator's disk keeps what a real one keeps, and loses in a crash what a real one may lose.</summary>
public class DiskTests
{
    private TemporaryDirectory home = null!;
    private SimulatedDisk disk = null!;

    [SetUp]
    public void Make() => (home, disk) = (new(), new("sim", new(1)));

    [TearDown]
    public void Remove() => home.Dispose();

    [Test]
    public void The_simulated_store_answers_as_the_real_one([Range(1, 5)] int seed)
    {
        using var real = RocksDb.Open(home.Path, ["a", "b"], new());
        var dice = new Dice((ulong)seed);
        for (var i = 0; i < 100; i++)
        {
            var batch = SomeBatch(dice);
            real.Write(batch, sync: false);
            disk.Store.Write(batch, sync: dice.Chance(0.5));
            foreach (var family in (string[])["a", "b"])
            {
                var (from, to) = (Key(dice), Key(dice));
                var reverse = dice.Chance(0.5);
                if (from.AsSpan().SequenceCompareTo(to) > 0)
                    (from, to) = (to, from);
                var store = disk.Store;
                Assert.That(store.Scan(family, from, to, reverse), Is.EqualTo(real.Scan(family, from, to, reverse)));
                Assert.That(store.Scan(family, reverse: reverse), Is.EqualTo(real.Scan(family, reverse: reverse)));
                Assert.That(store.Get(family, from), Is.EqualTo(real.Get(family, from)));
            }
        }
    }

    [Test]
    public void The_simulated_file_answers_as_the_real_one([Range(1, 5)] int seed)
    {
        using var real = DiskFile.Open(home["file"]);
        using var simulated = disk.Open("file");
        var dice = new Dice((ulong)seed);
        for (var i = 0; i < 100; i++)
        {
            var (place, bytes) = (dice.Below(200), Key(dice));
            foreach (var file in (IFile[])[real, simulated])
                if (i % 7 == 0)
                    file.SetLength(place);
                else
                    file.Write(bytes, place);
            if (i % 5 == 0)
                simulated.Sync();
            Assert.That(simulated.ReadAll(), Is.EqualTo(real.ReadAll()));
            Assert.That(simulated.Length, Is.EqualTo(real.Length));
        }
    }

    [Test]
    public void What_was_synced_survives_and_what_was_not_may_be_lost_or_torn()
    {
        var lengths = new HashSet<long>();
        for (var i = 0; i < 100; i++)
        {
            var file = disk.Open("file");
            file.SetLength(0);
            file.Write("synced"u8, 0);
            file.Sync();
            file.Write(" or not"u8, 6);
            disk.LosePower();
            Assert.That("synced or not"u8.ToArray().AsSpan().StartsWith(disk.Open("file").ReadAll()));
            lengths.Add(disk.Open("file").Length);
        }
        Assert.That(lengths.Min(), Is.EqualTo(6));
        Assert.That(lengths.Max(), Is.EqualTo(13));
        Assert.That(lengths, Has.Count.GreaterThan(3), "no write was torn");
    }

    [Test]
    public void The_power_goes_at_the_operation_it_was_told_to_and_no_batch_is_torn()
    {
        for (var at = 1; at <= 4; at++)
        {
            var torn = new SimulatedDisk("sim", new((ulong)at)) { CutAt = at };
            Assert.That(() => { Write(torn, "1"); Write(torn, "2"); }, Throws.TypeOf<PowerCutException>());
            Assert.That(torn.Operations, Is.EqualTo(at));
            torn.LosePower();
            Assert.That(torn.Store.Get("a", "x"u8), Is.EqualTo(torn.Store.Get("b", "x"u8)));
            if (at > 2)
                Assert.That(torn.Store.Get("a", "x"u8), Is.Not.Null, "the first batch was synced");
        }
    }

    [Test]
    public void A_broken_disk_says_so()
    {
        Write(disk, "1");
        disk.SyncFails = true;
        Assert.That(() => Write(disk, "2"), Throws.TypeOf<StoreException>());
        Write(disk, "3");
        disk.IsFull = true;
        Assert.That(() => Write(disk, "4"), Throws.TypeOf<StoreException>());
        disk.IsRotten = true;
        Assert.That(() => disk.Store.Get("a", "x"u8), Throws.TypeOf<StoreException>());
    }

    [Test]
    public void A_backup_brings_back_what_was_and_a_lying_sync_keeps_nothing()
    {
        disk.Open("file").Write("old"u8, 0);
        disk.Open("file").Sync();
        Write(disk, "old");
        var backup = disk.BackUp();
        disk = new SimulatedDisk("sim", new(1)) { FilesLie = true, StoreLies = true };
        disk.Restore(backup);
        Write(disk, "new");
        disk.Remove("file");
        Assert.That(disk.Has("file"), Is.False);
        disk.LosePower();

        disk.Restore(backup);

        Assert.That(disk.Open("file").ReadAll(), Is.EqualTo("old"u8.ToArray()));
        Assert.That(disk.Store.Get("a", "x"u8), Is.EqualTo("old"u8.ToArray()));
    }

    private static void Write(SimulatedDisk disk, string value)
    {
        var batch = new WriteBatch();
        foreach (var family in (string[])["a", "b"])
            batch.Put(family, "x"u8, System.Text.Encoding.UTF8.GetBytes(value));
        disk.Store.Write(batch, sync: true);
    }

    private static WriteBatch SomeBatch(Dice dice)
    {
        var batch = new WriteBatch();
        for (var i = dice.Below(6); i >= 0; i--)
        {
            var (family, from, to) = (dice.Chance(0.5) ? "a" : "b", Key(dice), Key(dice));
            if (dice.Chance(0.6))
                batch.Put(family, from, to);
            else if (dice.Chance(0.8) || from.AsSpan().SequenceCompareTo(to) > 0)
                batch.Delete(family, from);
            else
                batch.DeleteRange(family, from, to);
        }
        return batch;
    }

    private static byte[] Key(Dice dice) =>
        [.. Enumerable.Range(0, 1 + dice.Below(2)).Select(_ => (byte)dice.Below(12))];
}
