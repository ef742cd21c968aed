using System.IO.Compression;
using System.Text;
using Ledger.Learning;
using Ledger.Learning.Data;

namespace Ledger.Node.Tests.Learning;

/// <summary>Arrays as numpy.save and numpy.savez write them.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class NumPyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Test]
    public void A_table_has_columns_x0_and_so_on()
    {
        var table = Table([.. Array("<f4", "2, 2", [.. Floats(1.5f, 2, float.NaN, -4)])]);
        Assert.That(table.Columns, Is.EqualTo(new[] { "x0", "x1" }));
        Assert.That(table.Cells, Is.EqualTo(new string[][] { ["1.5", "2"], ["", "-4"] }));
    }

    // Each is 258 or -2 and so on in its type, as array.astype(type) gives the bytes.
    [TestCase("|u1", "FE", "254")]
    [TestCase("|i1", "FE", "-2")]
    [TestCase("|b1", "01", "1")]
    [TestCase("<u2", "FEFF", "65534")]
    [TestCase("<i2", "FEFF", "-2")]
    [TestCase("<u4", "FEFFFFFF", "4294967294")]
    [TestCase("<i4", "FEFFFFFF", "-2")]
    [TestCase("<u8", "0201000000000000", "258")]
    [TestCase("<i8", "FEFFFFFFFFFFFFFF", "-2")]
    [TestCase("<f2", "003E", "1.5")]
    [TestCase("<f4", "CDCCCC3D", "0.1")]
    [TestCase("<f8", "9A9999999999B93F", "0.1")]
    public void Numbers_of_every_type_are_read(string type, string bytes, string text) =>
        Assert.That(Table(Array(type, "1, 1", Convert.FromHexString(bytes))).Cells[0][0], Is.EqualTo(text));

    [TestCase("'descr': '|O', 'fortran_order': False, 'shape': (1, 1), ", "the array's type is '|O'")]
    [TestCase("'descr': '>f4', 'fortran_order': False, 'shape': (1, 1), ", "the array's type is '>f4'")]
    [TestCase("'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), ", "the array lies column by column")]
    [TestCase("'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), ", "not an array of plain numbers")]
    [TestCase("'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999), ",
        "an array of (99999, 99999) is out of bounds")]
    [TestCase("'descr': '<f4', 'fortran_order': False, 'shape': (), ", "an array of () is out of bounds")]
    [TestCase("'descr': '<f4', 'fortran_order': False, 'shape': (4,), ",
        "an array of 1 dimensions, rows of a table have two")]
    [TestCase("'descr': '<f4', 'fortran_order': False, 'shape': (5, 1), ", "the file is damaged or cut short")]
    [TestCase("'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), ", "bytes behind the last value")]
    public void What_is_not_rows_of_numbers_is_refused(string header, string message) =>
        Assert.That(() => Table(WithHeader(header, new byte[16])),
            Throws.TypeOf<DataException>().With.Message.EqualTo($"data.npy: {message}"));

    [Test]
    public void A_header_cut_short_is_refused_wherever_it_ends([Range(0, 12)] int length) =>
        Assert.That(() => Table(Array("<f4", "1, 1", new byte[4])[..length]), Throws.TypeOf<DataException>());

    [Test]
    public void Rows_and_labels_of_an_archive_become_a_table([Values("x,y", "x_train,y_train")] string names)
    {
        var table = (Table)Archive(names, Array("<i4", "2, 1", [7, 0, 0, 0, 8, 0, 0, 0]), Array("|u1", "2,", [3, 4]));
        Assert.That(table.Columns, Is.EqualTo(new[] { "x0", "label" }));
        Assert.That(table.Cells, Is.EqualTo(new string[][] { ["7", "3"], ["8", "4"] }));
    }

    [Test]
    public void Images_in_grey_and_in_colours_have_the_classes_that_are_there()
    {
        var grey = (Images)Archive("x,y", Array("|u1", "3, 1, 1", [5, 6, 7]), Array("<i2", "3,", [10, 0, 9, 0, 10, 0]));
        Assert.That(grey.Classes, Is.EqualTo(new[] { "9", "10" }));
        Assert.That(grey.Labels, Is.EqualTo(new[] { 1, 0, 1 }));
        var colour = (Images)Archive(
            "x,y", Array("|u1", "2, 1, 2, 3", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), Array("|u1", "2,", [0, 1]));
        Assert.That(colour.Pixels, Is.EqualTo(new byte[] { 1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12 }));
    }

    [Test]
    public void An_archive_without_rows_and_labels_says_how_to_write_one() =>
        Assert.That(() => Archive("a,b", Array("|u1", "1, 1", [1]), Array("|u1", "1,", [1])),
            Throws.TypeOf<DataException>().With.Message.EqualTo("data.npz: no arrays 'x' and 'y' in it"));

    [Test]
    public void Labels_for_other_rows_are_refused() =>
        Assert.That(() => Archive("x,y", Array("|u1", "2, 1", [1, 2]), Array("|u1", "1,", [1])),
            Throws.TypeOf<DataException>().With.Message.EqualTo("data.npz: labels of (1) for 2 rows"));

    [Test]
    public void An_archive_that_is_none_is_refused() =>
        Assert.That(() => Source.Open(folder.Write("data.npz", new byte[100])),
            Throws.TypeOf<DataException>().With.Message.EqualTo("data.npz: the file is damaged or cut short"));

    private Table Table(byte[] file) => (Table)Source.Open(folder.Write("data.npy", file));

    private Source Archive(string names, byte[] rows, byte[] labels)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in names.Split(',').Zip([rows, labels]))
            {
                using var entry = archive.CreateEntry($"{name}.npy").Open();
                entry.Write(bytes);
            }
        return Source.Open(folder.Write("data.npz", stream.ToArray()));
    }

    private static byte[] Array(string type, string shape, byte[] values) =>
        WithHeader($"'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), ", values);

    // NEP 1: the header is padded with spaces to a multiple of 64 bytes and ends with a line break.
    private static byte[] WithHeader(string entries, byte[] values)
    {
        var text = $"{{{entries}}}".PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. Encoding.ASCII.GetBytes(text), .. values];
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
