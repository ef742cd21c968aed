namespace Ledger.Learning.Data;

/// <summary>Finds the schema of several tables that must have the same columns; the first gives the order.</summary>
internal static class TableInference
{
    // So many numbers to a word are a slip, where there are more different ones than a column of codes has.
    private const int SlipQuotient = 9, CodesMax = 20;

    internal static TableSchema Infer(Table[] tables, string? label, bool measured)
    {
        if (label is null)
            throw new DataException($"{tables[0].Name}: which column is the label?", tables[0].ColumnsHint);
        if (tables.FirstOrDefault(table => table.Rows == 0) is { } empty)
            throw new DataException($"{empty.Name}: no rows");
        foreach (var table in tables)
            RequireSameColumns(tables[0], table);

        var target = measured ? new(label, null) : LabelColumn.Parse(label, tables[0]);
        var classes = measured ? [] : Classes(tables, target);
        var columns = tables[0].Columns.Where(name => name != target.Name).Select(name => InferColumn(tables, name));
        return new([.. columns], label, classes, measured ? Measured(tables, label) : null);
    }

    private static NumericColumn Measured(Table[] tables, string label)
    {
        var fields = tables.SelectMany(table => FieldsOf(table, label)).ToArray();
        return fields.All(field => Column.TryNumber(field, out _))
            ? Numeric(label, fields, hasMissing: false)
            : throw new DataException(
                $"{tables[0].Name}: label '{label}' is not a number in every row",
                "for classes take --loss cross-entropy");
    }

    private static void RequireSameColumns(Table first, Table table)
    {
        if (first.Columns.Except(table.Columns).FirstOrDefault() is { } lacking)
            throw new DataException(
                $"{table.Name}: no column '{lacking}', which {first.Name} has", table.ColumnsHint);
        if (table.Columns.Except(first.Columns).FirstOrDefault() is { } extra)
            throw new DataException(
                $"{table.Name}: column '{extra}' is not in {first.Name}", first.ColumnsHint);
    }

    private static string[] Classes(Table[] tables, LabelColumn label)
    {
        var found = new HashSet<string>();
        foreach (var table in tables)
        {
            var index = table.IndexOf(label.Name);
            for (var row = 0; row < table.Rows; row++)
                found.Add(label.Class(table.Cells[row][index])
                    ?? throw new DataException(
                        $"{table.Place(row)}: column '{label.Name}' is the label and is '{table.Cells[row][index]}'",
                        "every row needs a label"));
            if (found.Count > Limits.Classes)
                throw new DataException(
                    $"{table.Name}: label '{label.Name}' has more than {Limits.Classes} classes",
                    "to predict a number take --loss mse; a class is one of few");
        }

        return found.Count >= 2
            ? label.FixedClasses ?? Sorted(found)
            : throw new DataException($"{tables[0].Name}: label '{label.Name}' has only the class '{found.First()}'");
    }

    private static Column InferColumn(Table[] tables, string name)
    {
        var fields = tables.Select(table => FieldsOf(table, name)).ToArray();
        var present = fields.SelectMany(field => field).Where(field => field.Length > 0).ToArray();
        RequireSameKind(tables, fields, name);
        RequireNumbersOrWords(tables, fields, name);
        return present.All(field => Column.TryNumber(field, out _))
            ? Numeric(name, present, fields.Any(file => file.Contains("")))
            : Categorical(tables[0], name, present);
    }

    // Sex as M and F in one hospital, as 0 and 1 in another: one column of four categories would hide the mistake.
    private static void RequireSameKind(Table[] tables, string[][] fields, string name)
    {
        var kinds = fields.Select(file => file.Where(field => field.Length > 0)).ToArray();
        var numbers = Array.FindIndex(kinds, file => file.Any() && file.All(field => Column.TryNumber(field, out _)));
        var words = Array.FindIndex(kinds, file => file.Any() && !file.Any(field => Column.TryNumber(field, out _)));
        if (numbers >= 0 && words >= 0)
            throw new DataException(
                $"{tables[words].Name}: column '{name}' holds text such as '{kinds[words].First()}', "
                + $"in {tables[numbers].Name} it holds numbers");
    }

    // A column of measurements with a slip in it is not text: as categories it would mean nothing, and later rows would
    // be refused. Codes are few, so that a column of codes with a letter among them stays what it is.
    private static void RequireNumbersOrWords(Table[] tables, string[][] fields, string name)
    {
        var all = fields.SelectMany(file => file).Where(field => field.Length > 0).ToArray();
        var numbers = all.Where(field => Column.TryNumber(field, out _)).ToArray();
        if (numbers.Length < all.Length && numbers.Length > SlipQuotient * (all.Length - numbers.Length)
            && numbers.Distinct().Skip(CodesMax).Any())
        {
            var (file, row) = FirstWhere(fields, field => field.Length > 0 && !Column.TryNumber(field, out _));
            throw new DataException(
                $"{tables[file].Place(row)}: column '{name}' is '{fields[file][row]}', where {numbers.Length} others "
                    + "are numbers", "mend the cell, or leave it empty: missing values are allowed");
        }
        if (numbers.Length == 0 && all.Length > 0 && all.All(HasDecimalComma))
        {
            var (file, row) = FirstWhere(fields, field => field.Length > 0);
            throw new DataException(
                $"{tables[file].Place(row)}: column '{name}' is '{fields[file][row]}', a number with a decimal comma",
                "write it with a point");
        }
    }

    private static bool HasDecimalComma(string field) =>
        field.Count(letter => letter == ',') == 1 && !field.Contains('.', StringComparison.Ordinal)
        && Column.TryNumber(field.Replace(',', '.'), out _);

    private static (int File, int Row) FirstWhere(string[][] fields, Predicate<string> what)
    {
        var file = Array.FindIndex(fields, each => Array.Exists(each, what));
        return (file, Array.FindIndex(fields[file], what));
    }

    private static NumericColumn Numeric(string name, string[] present, bool hasMissing)
    {
        var numbers = Array.ConvertAll(present, field => Column.TryNumber(field, out var number) ? number : 0);
        var mean = numbers.Length > 0 ? numbers.Average() : 0;
        var deviation = numbers.Length > 0
            ? Math.Sqrt(numbers.Average(number => (number - mean) * (number - mean)))
            : 0;
        // A constant column carries nothing; dividing by 1 keeps it at 0.
        return new(name, (float)mean, (float)deviation > 0 ? (float)deviation : 1, hasMissing);
    }

    private static CategoricalColumn Categorical(Table first, string name, string[] present)
    {
        var values = present.ToHashSet();
        return values.Count <= Limits.Categories
            ? new(name, Sorted(values))
            : throw new DataException(
                $"{first.Name}: column '{name}' is text with {values.Count} different values, "
                    + $"the limit is {Limits.Categories}",
                $"drop the column '{name}' or group its values");
    }

    private static string[] FieldsOf(Table table, string name)
    {
        var index = table.IndexOf(name);
        return Array.ConvertAll(table.Cells, cells => cells[index]);
    }

    /// <summary>Numbers by size, so that class 10 comes after class 9; everything else by code point.</summary>
    internal static string[] Sorted(IReadOnlyCollection<string> values)
        => values.All(value => Column.TryNumber(value, out _))
            ? [.. values.Order(StringComparer.Ordinal)
                .OrderBy(value => Column.TryNumber(value, out var number) ? number : 0)]
            : [.. values.Order(StringComparer.Ordinal)];
}
