using System.Net;
using System.Text;

namespace Ledger.Node.Cli;

/// <summary>Accuracies over rounds or bytes as an SVG picture of 720 x 400.</summary>
internal static class LinePlot
{
    private const double Width = 720, Height = 400, Left = 50, Right = 190, Top = 30, Bottom = 40;

    private static readonly string[] Colours =
        ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f"];

    internal static string Svg(
        string title, string axis, IReadOnlyList<(string Label, (double X, double Y)[] Points)> lines)
    {
        var largest = lines.Max(line => line.Points[^1].X);
        var svg = new StringBuilder();
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" ");
        svg.Append("font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        svg.Append(Text(Left, 18, $"{title}: accuracy by {axis}"));
        AddGrid(svg, largest);
        for (var i = 0; i < lines.Count; i++)
            AddLine(svg, lines[i].Label, lines[i].Points, largest, i);
        return svg.Append("</svg>\n").ToString();
    }

    private static void AddGrid(StringBuilder svg, double largest)
    {
        for (var share = 0.0; share <= 1; share += 0.2)
        {
            svg.Append($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(share)}\" y2=\"{Y(share)}\" ");
            svg.Append("stroke=\"#ddd\"/>\n");
            svg.Append(Text(20, Y(share), $"{share:0.0}"));
        }
        svg.Append(Text(Left, Height - 12, "0")).Append(Text(Width - Right - 30, Height - 12, $"{largest:0.#}"));
    }

    private static void AddLine(
        StringBuilder svg, string label, (double X, double Y)[] points, double largest, int number)
    {
        var colour = Colours[number % Colours.Length];
        var path = points.Select(p => $"{Left + p.X / largest * (Width - Left - Right):0.0},{Y(p.Y)}");
        svg.Append($"<polyline fill=\"none\" stroke=\"{colour}\" points=\"{string.Join(' ', path)}\"/>\n");
        svg.Append(Text(Width - Right + 10, Top + 16 * number + 10, label, colour));
    }

    private static string Y(double accuracy) => $"{Top + (1 - accuracy) * (Height - Top - Bottom):0.0}";

    private static string Text(double x, double y, string text, string colour = "#333") =>
        Text(x, $"{y}", text, colour);

    private static string Text(double x, string y, string text, string colour = "#333") =>
        $"<text x=\"{x}\" y=\"{y}\" fill=\"{colour}\">{WebUtility.HtmlEncode(text)}</text>\n";
}
