using Ledger.Learning.Rounds;

namespace Ledger.Node.Tests.Learning;

/// <summary>The server's steps in integers beside the papers' formulas in doubles.</summary>
internal sealed class ServerOptimiserTests
{
    private const double One = 1 << 24;

    private static readonly string[] WithState = ["momentum", "nesterov", "adam", "yogi", "scaffold"];

    private static readonly double[] Deltas = [0.5, -0.25, 0.125, 0.5, -0.0625, 0.75];

    [Test]
    public void None_takes_the_step_as_it_is()
        => Assert.That(ServerOptimiser.None.Step([5, -7], ServerState.Empty).Step, Is.EqualTo(new[] { 5, -7 }));

    [Test]
    public void Momentum_follows_its_formula()
    {
        var v = 0.0;
        Follow(new("momentum", Share(0.5), Share(0.9)), delta => 0.5 * (v = 0.9 * v + delta));
    }

    [Test]
    public void Nesterov_follows_its_formula()
    {
        var v = 0.0;
        Follow(new("nesterov", Share(0.7), Share(0.9)), delta =>
        {
            v = 0.9 * v + delta;
            return 0.7 * (delta + 0.9 * v);
        });
    }

    [Test]
    public void Adam_follows_its_formula()
    {
        var (m, v) = (0.0, 1e-6);
        Follow(new("adam", Share(0.1), Share(0.9)), delta =>
        {
            (m, v) = (0.9 * m + 0.1 * delta, 0.99 * v + 0.01 * delta * delta);
            return 0.1 * m / (Math.Sqrt(v) + 1e-3);
        });
    }

    [Test]
    public void Scaffold_takes_the_step_and_keeps_a_moving_average_of_it()
    {
        var (kept, state, server) = (0.0, ServerState.Empty, new ServerOptimiser("scaffold", Share(0.5), Share(0.75)));
        foreach (var delta in Deltas)
        {
            (var step, state) = server.Step([(int)(delta * One)], state);
            kept = 0.75 * kept + 0.25 * delta;
            Assert.That(step[0] / One, Is.EqualTo(0.5 * delta).Within(1e-6));
            Assert.That(state.Momentum[0] / One, Is.EqualTo(kept).Within(1e-6));
        }
    }

    [Test]
    public void Yogi_follows_its_formula()
    {
        var (m, v) = (0.0, 1e-6);
        Follow(new("yogi", Share(0.1), Share(0.9)), delta =>
        {
            m = 0.9 * m + 0.1 * delta;
            v -= 0.01 * delta * delta * Math.Sign(v - delta * delta);
            return 0.1 * m / (Math.Sqrt(v) + 1e-3);
        });
    }

    [Test]
    public void Negated_steps_negate_what_is_taken([ValueSource(nameof(WithState))] string name)
    {
        var server = new ServerOptimiser(name, Share(0.7), Share(0.9));
        var (there, back) = (ServerState.Empty, ServerState.Empty);
        foreach (var delta in Deltas)
        {
            (var step, there) = server.Step([(int)(delta * One)], there);
            (var mirrored, back) = server.Step([-(int)(delta * One)], back);
            Assert.That(mirrored[0], Is.EqualTo(-step[0]));
        }
    }

    [Test]
    public void The_largest_steps_overflow_nothing([ValueSource(nameof(WithState))] string name)
    {
        var server = new ServerOptimiser(name, 16 * ServerOptimiser.Whole, Share(0.999));
        var state = ServerState.Empty;
        for (var round = 0; round < 50; round++)
            Assert.That(() => (_, state) = server.Step([int.MinValue, int.MaxValue], state), Throws.Nothing);
    }

    private static void Follow(ServerOptimiser server, Func<double, double> formula)
    {
        var state = ServerState.Empty;
        foreach (var delta in Deltas)
        {
            (var step, state) = server.Step([(int)(delta * One)], state);
            Assert.That(step[0] / One, Is.EqualTo(formula(delta)).Within(1e-4));
        }
    }

    private static int Share(double value) => (int)Math.Round(value * ServerOptimiser.Whole);
}
