using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Models;

/// <summary>Built-in models of text: a row of codes in, and after each of its characters the logits of the next one,
/// [n, window, classes], so that every position is learnt from.</summary>
internal static class TextArchitecture
{
    private const int Width = 64, Blocks = 2, Widening = 4;

    /// <summary>Characters embedded in 8 dimensions and two LSTM layers of 256 (McMahan et al., 2017).</summary>
    internal static Architecture CharLstm(int classes) => new(
        """
        def forward(self, x: Tensor) -> Tensor:
            x = torch.embedding(self.characters.weight, x.to(4))
            start = torch.zeros([2, x.size(0), 256])
            weights = [
                self.lstm1.weight_ih, self.lstm1.weight_hh, self.lstm1.bias_ih, self.lstm1.bias_hh,
                self.lstm2.weight_ih, self.lstm2.weight_hh, self.lstm2.bias_ih, self.lstm2.bias_hh]
            x, _, _ = torch.lstm(x, [start, start], weights, True, 2, 0.0, False, False, True)
            return torch.linear(x, self.output.weight, self.output.bias)
        """,
        [
            new("characters.weight", [classes, 8]),
            .. Lstm("lstm1", inputs: 8, hidden: 256),
            .. Lstm("lstm2", inputs: 256, hidden: 256),
            .. Architecture.Layer("output", classes, 256),
        ]);

    /// <summary>Two blocks of causal attention in four heads and a layer four times as wide, 64 dimensions, each behind
    /// a layer norm (Vaswani et al., 2017; the norm first: Xiong et al., 2020). The norm has no parameters: what scales
    /// it is in the layer after it.</summary>
    internal static Architecture Transformer(int window, int classes) => new(
        """
        def block(self, x: Tensor, attend: List[Tensor], widen: List[Tensor]) -> Tensor:
            n, t = x.size(0), x.size(1)
            y = torch.linear(torch.layer_norm(x, [64]), attend[0], attend[1])
            y = y.view([n, t, 3, 4, 16]).permute([2, 0, 3, 1, 4])
            scores = torch.matmul(y[0], y[1].transpose(2, 3)) * 0.25
            scores = scores.masked_fill(torch.tril(torch.ones([t, t])) == 0, -1e9)
            y = torch.matmul(torch.softmax(scores, 3), y[2]).transpose(1, 2).reshape([n, t, 64])
            x = x + torch.linear(y, attend[2], attend[3])
            y = torch.gelu(torch.linear(torch.layer_norm(x, [64]), widen[0], widen[1]))
            return x + torch.linear(y, widen[2], widen[3])

        def forward(self, x: Tensor) -> Tensor:
            x = torch.embedding(self.characters.weight, x.to(4)) + self.positions.weight

        """ + string.Concat(Enumerable.Range(1, Blocks).Select(block => $"""
                x = self.block(x,
                    [self.in{block}.weight, self.in{block}.bias, self.out{block}.weight, self.out{block}.bias],
                    [self.up{block}.weight, self.up{block}.bias, self.down{block}.weight, self.down{block}.bias])

            """)) + """
            return torch.linear(torch.layer_norm(x, [64]), self.output.weight, self.output.bias)
        """,
        [
            new("characters.weight", [classes, Width]),
            new("positions.weight", [window, Width]),
            .. Enumerable.Range(1, Blocks).SelectMany(Block),
            .. Architecture.Layer("output", classes, Width),
        ]);

    private static IEnumerable<ParameterShape> Block(int number) =>
    [
        .. Architecture.Layer($"in{number}", 3 * Width, Width),
        .. Architecture.Layer($"out{number}", Width, Width),
        .. Architecture.Layer($"up{number}", Widening * Width, Width),
        .. Architecture.Layer($"down{number}", Width, Widening * Width),
    ];

    // The four gates stand one below the other.
    private static ParameterShape[] Lstm(string name, int inputs, int hidden) =>
    [
        new($"{name}.weight_ih", [4 * hidden, inputs]),
        new($"{name}.weight_hh", [4 * hidden, hidden]),
        new($"{name}.bias_ih", [4 * hidden]),
        new($"{name}.bias_hh", [4 * hidden]),
    ];
}
