namespace Ledger.Node.Simulation;

/// <summary>Lets a plan's faults happen when it is their time, and mends what mends itself.</summary>
internal sealed class Storm(World world)
{
    internal void Schedule()
    {
        foreach (var fault in world.Plan.Faults.Where(f => f.Group != FaultGroups.Byzantine))
            world.Timeline.After(fault.AtMs * 1000, () =>
            {
                if (!world.IsHealed)
                    Begin(fault);
            });
    }

    private void Begin(Fault fault)
    {
        switch (fault.Group)
        {
            case FaultGroups.Network:
                Disturb(fault);
                break;
            case FaultGroups.Crash:
                Crash(fault, world.Nodes[fault.Node]);
                break;
            case FaultGroups.Clock:
                Misset(fault, world.Nodes[fault.Node]);
                break;
            default:
                Break(fault, world.Nodes[fault.Node]);
                break;
        }
    }

    private void Disturb(Fault fault)
    {
        var network = world.Network;
        switch (fault.Kind)
        {
            case FaultKind.Loss:
                network.Loss = fault.Amount / 1000.0;
                Later(fault, () => network.Loss = 0);
                break;
            case FaultKind.Duplication:
                network.Duplication = fault.Amount / 1000.0;
                Later(fault, () => network.Duplication = 0);
                break;
            case FaultKind.Delay:
                network.MeanDelayUs = fault.Amount;
                break;
            case FaultKind.SlowKind:
                network.SlowKind = (byte)fault.Amount;
                Later(fault, () => network.SlowKind = null);
                break;
            case FaultKind.Hiding:
                network.Favourite = (int)fault.Amount;
                network.Deprived = (network.Favourite + 1) % world.Plan.Stakes.Length;
                Later(fault, () => (network.Favourite, network.Deprived) = (null, null));
                break;
            default:
                Later(fault, network.Cut((from, to) => Separates(fault, from, to)));
                break;
        }
    }

    private static bool Separates(Fault fault, int from, int to) => fault.Kind switch
    {
        FaultKind.Split => SideOf(fault, from) != SideOf(fault, to),
        FaultKind.OneWay => SideOf(fault, from) && !SideOf(fault, to),
        FaultKind.Isolation => from == fault.Node || to == fault.Node,
        _ => from == fault.Node && to == fault.Amount,
    };

    private static bool SideOf(Fault fault, int node) => (fault.Amount >> (node % 60) & 1) != 0;

    private void Crash(Fault fault, SimulatedNode node)
    {
        switch (fault.Kind)
        {
            case FaultKind.Crash:
                node.Crash(fault.Amount);
                break;
            case FaultKind.CrashAtOperation:
                node.Disk.CutAt = node.Disk.Operations + fault.Amount;
                break;
            case FaultKind.Pause:
                node.Pause();
                Later(fault, node.Resume);
                break;
            case FaultKind.Slowness:
                node.LateMs = (ulong)fault.Amount;
                Later(fault, () => node.LateMs = 0);
                break;
            case FaultKind.Blackout:
                world.Nodes.ForEach(n => n.Crash(world.Dice.Between(1, 1_000)));
                break;
            default:
                CrashAgain(fault, node, world.Timeline.NowUs + fault.ForMs * 1000);
                break;
        }
    }

    private void CrashAgain(Fault fault, SimulatedNode node, long untilUs)
    {
        node.Crash(1);
        world.Timeline.After((5 + fault.Amount) * 1000, () =>
        {
            if (!world.IsHealed && world.Timeline.NowUs < untilUs)
                CrashAgain(fault, node, untilUs);
        });
    }

    private void Misset(Fault fault, SimulatedNode node)
    {
        if (fault.Kind == FaultKind.Skew)
            node.Clock.SkewMs = fault.Amount;
        else
            node.Clock.DriftPerMillion = fault.Amount;
        Later(fault, () => (node.Clock.SkewMs, node.Clock.DriftPerMillion) = (0, 0));
    }

    private void Break(Fault fault, SimulatedNode node)
    {
        switch (fault.Kind)
        {
            case FaultKind.SyncError:
                node.Disk.SyncFails = true;
                break;
            case FaultKind.FullDisk:
                node.Disk.IsFull = true;
                Later(fault, () => node.Disk.IsFull = false);
                break;
            default:
                Ruin(fault, node);
                break;
        }
    }

    // The power goes first: nobody copies the files of a process that runs.
    private void Ruin(Fault fault, SimulatedNode node)
    {
        var older = node.Disk.BackUp();
        node.IsLost |= fault.Costs;
        world.Timeline.After(world.Dice.Between(1, 1_000) * 1000, () =>
        {
            // A quorum in itself that loses its chain has nobody to have it from.
            node.IsLost |= world.Oracle.IsQuorum([node.Self]);
            node.Crash(null);
            Ruin(fault.Kind, node, older);
            node.Start();
        });
    }

    private void Ruin(FaultKind kind, SimulatedNode node, SimulatedDisk.Backup older)
    {
        node.HasOldChain = true;
        switch (kind)
        {
            case FaultKind.Rot:
                node.Disk.IsRotten = true;
                break;
            case FaultKind.LostHome:
                node.Disk.Wipe();
                break;
            case FaultKind.LostChain:
                node.Disk.RestoreStore(null);
                break;
            case FaultKind.OldChain:
                node.Disk.RestoreStore(older);
                break;
            default:
                world.Distrust(node);
                node.Disk.Restore(older);
                break;
        }
    }

    private void Later(Fault fault, Action mend) => world.Timeline.After(fault.ForMs * 1000, mend);
}
