using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Node.Http;
using Ledger.Node.Tests.Cli;

namespace Ledger.Node.Tests.Http;

/// <summary>Transactions that somebody else has signed, handed to a node for its pool.</summary>
public sealed class SignedTransactionTests
{
    private TemporaryHome home = null!;
    private FakeNode node = null!;
    private ApiServer server = null!;
    private NodeClient client = null!;

    [SetUp]
    public async Task Serve()
    {
        home = new();
        node = new();
        server = await node.Serve(home.Path);
        client = new(home.Path);
    }

    [TearDown]
    public async Task Stop()
    {
        client.Dispose();
        await server.DisposeAsync();
        home.Dispose();
    }

    [Test]
    public async Task The_answer_counts_what_was_taken_and_why_the_rest_was_not()
    {
        var answer = await client.Submit(Body(Transfer(0), Transfer(1), Transfer(2)), CancellationToken.None);

        Assert.That(answer.Taken, Is.EqualTo(2));
        Assert.That(answer.Refused, Is.EqualTo(new Dictionary<string, int> { ["FeeTooLow"] = 1 }));
    }

    [Test]
    public async Task One_that_its_sender_did_not_sign_is_refused_with_its_place()
    {
        var forged = Transfer(1);
        forged[^1] ^= 1;

        var refused = await Assert.ThrowsAsync<OperatorException>(
            () => client.Submit(Body(Transfer(0), forged), CancellationToken.None));

        Assert.That(refused!.Message, Does.StartWith("transaction 1 does not decode, or is not signed"));
    }

    [Test]
    public async Task A_body_of_another_kind_is_refused()
    {
        var refused = await Assert.ThrowsAsync<OperatorException>(
            () => client.Submit([.. Body(Transfer(0)), 0], CancellationToken.None));

        Assert.That(refused!.Message, Does.Contain("not an array of signed transactions"));
    }

    private static byte[] Body(params byte[][] transactions)
    {
        var writer = new Writer().Array(transactions.Length);
        foreach (var transaction in transactions)
            writer.Bytes(transaction);
        return writer.ToArray();
    }

    private byte[] Transfer(ulong nonce)
    {
        using var key = Some.Key(3);
        var to = new Address(key.PublicKey);
        var transfer = new Transaction(to, nonce, 1, new Payload.Transfer(to, 1));
        return transfer.Sign(node.Snapshot.State.ChainId, key).Encode();
    }
}
