namespace Ledger.Learning.Torch;

/// <summary>The operators that a module from outside may use: pure functions of tensors and numbers, and control flow
/// that ends. Everything else is refused by name: files, printing, threads, wall clocks, other languages, unseeded
/// noise.</summary>
internal static class Operators
{
    private static readonly HashSet<string> Allowed =
    [
        // Control, constants and the plumbing of values. `while` is not here: nothing bounds its time.
        .. Prim(
            "Constant If Loop GetAttr TupleConstruct TupleUnpack TupleIndex TupleSlice ListConstruct ListUnpack "
            + "DictConstruct RaiseException Uninitialized unchecked_cast unchecked_unwrap_optional NumToTensor "
            + "isinstance shape dtype device ConstantChunk min max abs TypeCheck is_cuda layout"),
        // Arithmetic and comparison, on tensors and on numbers.
        .. Aten(
            "add add_ sub sub_ rsub mul mul_ div div_ floordiv floor_divide remainder neg abs sign pow sqrt rsqrt "
            + "square reciprocal exp expm1 log log1p sin cos tan atan floor ceil round clamp clamp_ clamp_min "
            + "clamp_max min max minimum maximum eq ne lt le gt ge __and__ __or__ __xor__ __not__ __is__ __isnot__ "
            + "logical_and logical_or logical_not where lerp addcmul addcdiv erf Int Float Bool FloatImplicit "
            + "IntImplicit ScalarImplicit masked_fill masked_fill_ isnan isfinite math.sqrt math.log math.exp "
            + "math.floor math.ceil"),
        // Sums over dimensions.
        .. Aten(
            "sum mean var std var_mean norm prod cumsum argmax argmin amax amin logsumexp any all topk sort "
            + "frobenius_norm"),
        // Shape.
        .. Aten(
            "size dim numel len view view_as reshape reshape_as flatten unflatten squeeze squeeze_ unsqueeze "
            + "unsqueeze_ permute transpose t contiguous expand expand_as repeat cat stack chunk split "
            + "split_with_sizes unbind narrow slice select index index_select gather roll flip pad constant_pad_nd "
            + "reflection_pad1d reflection_pad2d replication_pad2d pixel_shuffle pixel_unshuffle unfold im2col col2im "
            + "tril triu clone detach to type_as __getitem__ __contains__ append list copy movedim swapaxes "
            + "broadcast_to broadcast_tensors __range_length __derive_index format is_floating_point"),
        // Linear algebra, convolution, pooling.
        .. Aten(
            "linear matmul mm bmm mv dot addmm baddbmm einsum outer bilinear embedding one_hot "
            + "conv1d conv2d conv3d conv_transpose1d conv_transpose2d _convolution convolution "
            + "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d "
            + "adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d upsample_nearest2d upsample_bilinear2d"),
        // Activations, normalisation without running statistics, recurrence, dropout from the seeded generator.
        .. Aten(
            "relu relu_ relu6 relu6_ leaky_relu leaky_relu_ elu elu_ selu celu gelu silu silu_ mish prelu hardtanh "
            + "hardtanh_ hardsigmoid hardswish hardswish_ softplus softsign sigmoid sigmoid_ tanh tanh_ softmax "
            + "log_softmax log_sigmoid logit layer_norm group_norm instance_norm batch_norm local_response_norm "
            + "dropout dropout_ feature_dropout alpha_dropout lstm gru rnn_tanh rnn_relu lstm_cell gru_cell"),
        // Tensors made from constants; their size is what memory bounds.
        .. Aten(
            "zeros ones full zeros_like ones_like full_like arange linspace eye tensor scalar_tensor new_zeros "
            + "new_ones"),
    ];

    /// <summary>The first operator that is not allowed, or null.</summary>
    internal static string? FirstRefused(IEnumerable<string> operators)
        => operators.FirstOrDefault(o => !Allowed.Contains(o));

    private static IEnumerable<string> Prim(string names) => names.Split(' ').Select(name => $"prim::{name}");

    private static IEnumerable<string> Aten(string names) => names.Split(' ').Select(name => $"aten::{name}");
}
