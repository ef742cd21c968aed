using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Storage;

/// <summary>
/// What a key has signed, beside the key and apart from the chain: the last word on whether it may sign more. A message
/// is on disk here before its signature leaves, and from then on nothing of its place or an earlier one is signed but
/// that very message. Whatever else a crash or an older copy of the store takes away, this key does not say two things.
/// </summary>
/// <remarks>
/// A file of fixed size that is never renamed, cut or extended once made, since each of these can come undone in a
/// crash (cometbft#6031): a head that binds it to one chain and one key, then a ring of slots. The slot that a crash
/// tears is the one being written, whose signature never left. Any other slot that does not read is damage, and the
/// guard refuses to open.
/// </remarks>
internal sealed class SignGuard : IDisposable
{
    /// <summary>What the file is called in a home.</summary>
    internal const string FileName = "guard";

    /// <summary>Messages remembered: all that a validator says in twenty rounds.</summary>
    internal const int Slots = 64;

    /// <summary>Bytes of the file.</summary>
    internal const int FileBytes = (1 + Slots) * GuardSlot.Bytes;

    private const ulong Format = 1, SealedFormat = 2, VoteKindNumber = 1, OfferKindNumber = 2;
    private const string WayOut = "if this key may have signed since, start a new home with a new key; "
        + "if it surely has not, remove the file and start once with --new-guard";

    private readonly IFile file;
    private readonly Queue<(SigningPlace Place, SignedVote? Vote, SignedOffer? Offer)> recent = [];
    private ulong written;
    private bool failed;

    private SignGuard(IFile file) => this.file = file;

    /// <summary>Whether it lets nothing be signed, ever: nobody knows what the key has signed.</summary>
    internal bool IsSealed { get; private init; }

    /// <summary>The latest place at which anything was signed; null where nothing was.</summary>
    internal SigningPlace? Last { get; private set; }

    /// <summary>The votes remembered of a height, oldest first.</summary>
    internal IEnumerable<SignedVote> Votes(ulong height) =>
        recent.Where(m => m.Place.Height == height).Select(m => m.Vote).OfType<SignedVote>();

    /// <summary>Whether more may have been signed at a height than is remembered.</summary>
    internal bool IsFullOf(ulong height) => recent.Count >= Slots - 1 && recent.Peek().Place.Height == height;

    /// <summary>Opens the guard of a key on a chain; an empty file is that of a key that has signed nothing.</summary>
    internal static SignGuard Open(IFile file, Digest chainId, PublicKey key)
    {
        var guard = new SignGuard(file);
        var head = new Writer().Array(3).UInt(Format).Digest(chainId).PublicKey(key).ToArray();
        var content = file.ReadAll();
        if (IsSealedBy(content))
            return new(file) { IsSealed = true };
        if (IsUnused(content))
            guard.Make(head);
        else
            guard.Read(content, head);
        return guard;
    }

    /// <summary>
    /// Makes, in a home that has none, the guard of a key of which nobody knows what it has signed: it belongs to any
    /// key and any chain, since it lets none sign.
    /// </summary>
    internal static void Seal(IFile file)
    {
        using var guard = file;
        if (guard.ReadAll().Length > 0)
            throw new InvalidOperationException($"'{guard.Path}' is a guard already");
        guard.SetLength(FileBytes);
        guard.Write(GuardSlot.Encode(0, SealedHead()), 0);
        guard.Sync();
    }

    /// <summary>Whether the content of a guard's file is that of a sealed one.</summary>
    internal static bool IsSealedBy(byte[] content) => content.Length == FileBytes
        && GuardSlot.TryDecode(content, out _, out var head) && head.AsSpan().SequenceEqual(SealedHead());

    /// <summary>
    /// A vote with its signature, once that is durable; null where something else was signed at its place or later.
    /// </summary>
    internal SignedVote? Sign(Vote vote, Digest chainId, SecretKey key)
    {
        var place = SigningPlace.Of(vote);
        if (!MayFollow(place))
            return At(place).Vote is { } before && before.Vote == vote ? before : null;
        var signed = new SignedVote(vote, key.Sign(vote.SigningDigest(chainId)));
        Note(VoteKindNumber, signed.Encode());
        Remember((place, signed, null));
        return signed;
    }

    /// <inheritdoc cref="Sign(Vote, Digest, SecretKey)"/>
    internal SignedOffer? Sign(Proposal offer, Digest chainId, SecretKey key)
    {
        var place = SigningPlace.Of(offer);
        if (!MayFollow(place))
            return At(place).Offer is { } before && before.Proposal == offer ? before : null;
        var signed = new SignedOffer(offer, key.Sign(offer.SigningDigest(chainId)));
        Note(OfferKindNumber, signed.Encode());
        Remember((place, null, signed));
        return signed;
    }

    /// <summary>
    /// Whether somebody else has signed this with our key: it lies beyond all that was signed here, or is not what was
    /// signed at its place. The vote log is no witness, since a crash may have shortened it.
    /// </summary>
    internal bool IsStrange(Vote vote) => IsStrange(SigningPlace.Of(vote), m => m.Vote?.Vote == vote);

    /// <inheritdoc cref="IsStrange(Vote)"/>
    internal bool IsStrange(Proposal offer) => IsStrange(SigningPlace.Of(offer), m => m.Offer?.Proposal == offer);

    /// <summary>Whether all that was signed here is of lower heights, so that somebody else has signed what was signed
    /// at this one.</summary>
    internal bool IsStrangeAt(ulong height) => !IsSealed && (Last is not { } last || last.Height < height);

    public void Dispose() => file.Dispose();

    private bool IsStrange(
        SigningPlace place, Func<(SigningPlace Place, SignedVote? Vote, SignedOffer? Offer), bool> isSame) =>
        MayFollow(place) || recent.Any(m => m.Place == place && !isSame(m));

    private (SigningPlace Place, SignedVote? Vote, SignedOffer? Offer) At(SigningPlace place) =>
        recent.FirstOrDefault(m => m.Place == place);

    private bool MayFollow(SigningPlace place) => !IsSealed && (Last is not { } last || place.CompareTo(last) > 0);

    private static byte[] SealedHead() => new Writer().Array(1).UInt(SealedFormat).ToArray();

    // Nothing is signed before the head is durable, so a first start that a crash cut short leaves no slot behind.
    private static bool IsUnused(byte[] content) => content.Length == 0
        || content.Length == FileBytes && !GuardSlot.TryDecode(content, out _, out _)
            && !content.AsSpan(GuardSlot.Bytes).ContainsAnyExcept((byte)0);

    private void Make(byte[] head)
    {
        file.SetLength(FileBytes);
        file.Write(GuardSlot.Encode(0, head), 0);
        file.Sync();
    }

    private void Read(byte[] content, byte[] head)
    {
        if (content.Length != FileBytes || !GuardSlot.TryDecode(content, out _, out var kept))
            throw Damaged("its head does not read");
        if (!kept.AsSpan().SequenceEqual(head))
            throw new StoreException($"the sign guard '{file.Path}' belongs to another key or another chain",
                "take the key, the genesis file and the guard that belong together, or another --home");
        var found = Scan(content);
        written = found.Count == 0 ? 0 : found.Keys.Last() + 1;
        var oldest = written - Math.Min(written, Slots - 1);
        for (var number = oldest; number < written; number++)
            Remember(Decode(found.GetValueOrDefault(number) ?? throw Damaged($"message {number} does not read")));
    }

    private static SortedDictionary<ulong, byte[]> Scan(byte[] content)
    {
        var found = new SortedDictionary<ulong, byte[]>();
        for (var slot = 0; slot < Slots; slot++)
        {
            var bytes = content.AsSpan((1 + slot) * GuardSlot.Bytes, GuardSlot.Bytes);
            if (GuardSlot.TryDecode(bytes, out var number, out var message) && number % Slots == (ulong)slot)
                found[number] = message;
        }
        return found;
    }

    private (SigningPlace, SignedVote?, SignedOffer?) Decode(byte[] message)
    {
        var reader = new Reader(message);
        reader.Array(2);
        var kind = reader.UInt(OfferKindNumber);
        var inner = new Reader(reader.Bytes(GuardSlot.ContentBytesMax));
        var vote = kind == VoteKindNumber ? SignedVote.Read(ref inner) : null;
        var offer = kind == OfferKindNumber ? SignedOffer.Read(ref inner) : null;
        if (!reader.Finished || !inner.Finished || vote is null == offer is null)
            throw Damaged("a message is of no known kind");
        return (vote is not null ? SigningPlace.Of(vote.Vote) : SigningPlace.Of(offer!.Proposal), vote, offer);
    }

    // Pessimistic: after a write that failed nobody knows what the disk holds, and nothing more may be signed.
    private void Note(ulong kind, byte[] signed)
    {
        var message = new Writer().Array(2).UInt(kind).Bytes(signed).Written;
        if (failed)
            throw new InvalidOperationException($"the sign guard '{file.Path}' is used after it failed");
        failed = true;
        file.Write(GuardSlot.Encode(written, message), (1 + (long)(written % Slots)) * GuardSlot.Bytes);
        file.Sync();
        written++;
        failed = false;
    }

    private void Remember((SigningPlace Place, SignedVote? Vote, SignedOffer? Offer) message)
    {
        recent.Enqueue(message);
        if (recent.Count > Slots)
            recent.Dequeue();
        if (MayFollow(message.Place))
            Last = message.Place;
    }

    private StoreException Damaged(string what) => new($"the sign guard '{file.Path}' is damaged: {what}", WayOut);
}
