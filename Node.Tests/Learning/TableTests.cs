using System.IO.Compression;
using System.Text;
using Ledger.Learning;
using Ledger.Learning.Data;

namespace Ledger.Node.Tests.Learning;

internal sealed class TableTests
{
    private const string Patients = "age,sex,num\n63,M,0\n,F,1\n37,?,1\n";

    [Test]
    public void Numbers_are_standardised_and_words_are_one_hot()
    {
        var table = Read("a.csv", Patients);

        var data = Schema.Infer([table], "num").Encode(table);

        // Mean 50, deviation 13; then the indicator of a missing age; then F and M.
        Assert.That(data.Features, Is.EqualTo(new float[] { 1, 0, 0, 1, 0, 1, 1, 0, -1, 0, 0, 0 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { 0, 1, 1 }));
        Assert.That(data.Inputs, Is.EqualTo(4));
    }

    [Test]
    public void A_value_never_seen_before_is_all_zeros()
    {
        var schema = Schema.Infer([Read("a.csv", Patients)], "num");

        var data = schema.Encode(Read("b.csv", "num,sex,age\n1,X,50\n"));

        Assert.That(data.Features, Is.EqualTo(new float[] { 0, 0, 0, 0 }));
    }

    [Test]
    public void A_label_above_a_threshold_makes_two_classes()
    {
        var table = Read("a.csv", "age,num\n1,0\n2,4\n3,2\n");

        var schema = Schema.Infer([table], "num>0");

        Assert.That(schema.Classes, Is.EqualTo(new[] { "num<=0", "num>0" }));
        Assert.That(schema.Encode(table).Labels, Is.EqualTo(new[] { 0, 1, 1 }));
    }

    [Test]
    public void Class_10_comes_after_class_9()
        => Assert.That(
            Schema.Infer([Read("a.csv", "x,y\n1,10\n2,9\n")], "y").Classes, Is.EqualTo(new[] { "9", "10" }));

    [Test]
    public void Quotes_semicolons_and_gzip_are_read()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a.csv.gz", Zipped("name;y\n\"a;b\";1\n"));

        var table = (Table)Source.Open(path);

        Assert.That(table.Columns, Is.EqualTo(new[] { "name", "y" }));
        Assert.That(table.Cells[0], Is.EqualTo(new[] { "a;b", "1" }));
    }

    [TestCase("", null, "a.csv: the file is empty", TestName = "An empty file")]
    [TestCase("a,b\n1,2,3\n", null, "a.csv: row 1 has 3 fields, the header has 2", TestName = "A row too long")]
    [TestCase("a,a\n1,2\n", null, "a.csv: two columns are named 'a'", TestName = "A name twice")]
    [TestCase("a,y\n1,0\n", "z", "a.csv: no column 'z'", TestName = "No such label")]
    [TestCase("a,y\n1,0\n", null, "a.csv: which column is the label?", TestName = "No label named")]
    [TestCase("a,y\n1,0\n2,\n", "y", "a.csv: row 2: column 'y' is the label and is ''", TestName = "A label missing")]
    [TestCase("a,y\n1,0\n2,0\n", "y", "a.csv: label 'y' has only the class '0'", TestName = "A single class")]
    [TestCase("a,y\n", "y", "a.csv: no rows", TestName = "No rows")]
    public void A_table_that_cannot_be_used_says_why(string text, string? label, string message)
        => Assert.That(
            () => Schema.Infer([Read("a.csv", text)], label),
            Throws.TypeOf<DataException>().With.Message.EqualTo(message));

    [TestCase("age,num\n1,0\n", "b.csv: no column 'sex', which a.csv has")]
    [TestCase("age,sex,num,more\n1,M,0,2\n", "b.csv: column 'more' is not in a.csv")]
    [TestCase("age,sex,num\nold,M,0\n", "b.csv: column 'age' holds text such as 'old', in a.csv it holds numbers")]
    public void Files_that_differ_are_named_with_the_column(string other, string message)
        => Assert.That(
            () => Schema.Infer([Read("a.csv", Patients), Read("b.csv", other)], "num"),
            Throws.TypeOf<DataException>().With.Message.EqualTo(message));

    [TestCase("age,sex,num\n1,M,7\n", "b.csv: row 1: label 'num' has no class '7'")]
    [TestCase("age,sex,num\n1,M,0\nx,M,0\n", "b.csv: row 2: column 'age' is 'x', not a number")]
    [TestCase("sex,num\nM,0\n", "b.csv: no column 'age'")]
    public void A_row_that_does_not_fit_the_schema_is_named(string text, string message)
    {
        var schema = Schema.Infer([Read("a.csv", Patients)], "num");

        Assert.That(
            () => schema.Encode(Read("b.csv", text)),
            Throws.TypeOf<DataException>().With.Message.EqualTo(message));
    }

    [Test]
    public void A_slip_in_a_column_of_measurements_is_named_and_a_column_of_codes_stays_one()
    {
        var rows = string.Concat(Enumerable.Range(0, 30).Select(i => $"{i}.5,{i % 3},{i % 2}\n"));
        var schema = Schema.Infer([Read("a.csv", "size,code,y\n" + rows + "3.5,X,0\n")], "y");
        Assert.That(((TableSchema)schema).Columns[1], Is.TypeOf<CategoricalColumn>());

        Assert.That(() => Schema.Infer([Read("a.csv", "size,code,y\n" + rows + "five,1,0\n")], "y"),
            Throws.TypeOf<DataException>().With.Message.EqualTo(
                "a.csv: row 31: column 'size' is 'five', where 30 others are numbers"));
        Assert.That(() => Schema.Infer([Read("a.csv", "size;y\n5,1;0\n4,9;1\n")], "y"),
            Throws.TypeOf<DataException>().With.Message.EqualTo(
                "a.csv: row 1: column 'size' is '5,1', a number with a decimal comma"));
    }

    [Test]
    public void A_column_of_names_is_refused_with_the_advice_to_drop_it()
    {
        var rows = string.Concat(Enumerable.Range(0, 100).Select(i => $"p{i},{i % 2}\n"));

        Assert.That(
            () => Schema.Infer([Read("a.csv", "name,y\n" + rows)], "y"),
            Throws.TypeOf<DataException>()
                .With.Message.EqualTo("a.csv: column 'name' is text with 100 different values, the limit is 64")
                .And.Property(nameof(DataException.Hint)).EqualTo("drop the column 'name' or group its values"));
    }

    [Test]
    public void Four_hospitals_share_one_schema()
    {
        string[] sites = ["cleveland", "hungary", "switzerland", "long_beach"];
        Source[] files =
            [.. sites.Select(site => Source.Open(RealData.Path("tabular", "heart_disease", site + ".csv")))];

        var schema = Schema.Infer(files, "num>0");

        var data = files.Select(schema.Encode).ToArray();
        Assert.That(data.Sum(site => site.Rows), Is.EqualTo(920));
        Assert.That(data.Sum(site => site.Labels.Sum()), Is.EqualTo(509));
        Assert.That(data.SelectMany(site => site.Features).All(float.IsFinite), Is.True);
    }

    [Test]
    public void The_digits_that_ship_have_1797_rows_of_64_inputs()
    {
        var digits = Source.Digits();

        var data = Schema.Infer([digits], "label").Encode(digits);

        Assert.That((data.Rows, data.Inputs, data.Labels.Max()), Is.EqualTo((1797, 64, 9)));
    }

    private static Table Read(string name, string text)
        => Table.Read(name, new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static byte[] Zipped(string text)
    {
        using var stream = new MemoryStream();
        using (var zip = new GZipStream(stream, CompressionMode.Compress))
            zip.Write(Encoding.UTF8.GetBytes(text));
        return stream.ToArray();
    }
}
