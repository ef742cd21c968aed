using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Models;

/// <summary>A built-in model: TorchScript for its forward pass (rows in, logits [n, classes] out) and its parameters'
/// shapes in order. The forms are those of McMahan et al., 2017, for any number of inputs and classes.</summary>
public sealed record Architecture(string Source, ParameterShape[] Shapes)
{
    public static Architecture LogisticRegression(int inputs, int classes) => new(
        """
        def forward(self, x: Tensor) -> Tensor:
            return torch.linear(torch.flatten(x, 1), self.output.weight, self.output.bias)
        """,
        [.. Layer("output", classes, inputs)]);

    /// <summary>One hidden layer of 64.</summary>
    public static Architecture Mlp(int inputs, int classes) => new(
        """
        def forward(self, x: Tensor) -> Tensor:
            x = torch.relu(torch.linear(torch.flatten(x, 1), self.hidden.weight, self.hidden.bias))
            return torch.linear(x, self.output.weight, self.output.bias)
        """,
        [.. Layer("hidden", 64, inputs), .. Layer("output", classes, 64)]);

    /// <summary>Two hidden layers of 200: the 2NN; 199,210 parameters for MNIST.</summary>
    public static Architecture TwoHidden(int inputs, int classes) => new(
        """
        def forward(self, x: Tensor) -> Tensor:
            x = torch.relu(torch.linear(torch.flatten(x, 1), self.hidden1.weight, self.hidden1.bias))
            x = torch.relu(torch.linear(x, self.hidden2.weight, self.hidden2.bias))
            return torch.linear(x, self.output.weight, self.output.bias)
        """,
        [.. Layer("hidden1", 200, inputs), .. Layer("hidden2", 200, 200), .. Layer("output", classes, 200)]);

    /// <summary>Two convolutions 5x5 of 32 and 64 channels, each with 2x2 pooling, and a hidden layer of 512;
    /// 1,663,370 parameters for MNIST.</summary>
    public static Architecture Cnn(int channels, int height, int width, int classes) => new(
        """
        def forward(self, x: Tensor) -> Tensor:
            x = torch.relu(torch.conv2d(x, self.conv1.weight, self.conv1.bias, [1, 1], [2, 2]))
            x = torch.max_pool2d(x, [2, 2])
            x = torch.relu(torch.conv2d(x, self.conv2.weight, self.conv2.bias, [1, 1], [2, 2]))
            x = torch.flatten(torch.max_pool2d(x, [2, 2]), 1)
            x = torch.relu(torch.linear(x, self.hidden.weight, self.hidden.bias))
            return torch.linear(x, self.output.weight, self.output.bias)
        """,
        [
            .. Layer("conv1", 32, channels, 5, 5),
            .. Layer("conv2", 64, 32, 5, 5),
            .. Layer("hidden", 512, 64 * (height / 4) * (width / 4)),
            .. Layer("output", classes, 512),
        ]);

    internal static ParameterShape[] Layer(string name, params int[] dimensions)
        => [new($"{name}.weight", dimensions), new($"{name}.bias", [dimensions[0]])];
}
