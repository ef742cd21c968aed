using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Ledger.Consensus.Crypto;
using Ledger.Learning.Torch;
using Ledger.Node.Cli.Doctor;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Packaging;

/// <summary>The Debian package declares each package whose library the program loads.</summary>
public sealed partial class DependencyTests
{
    private const string Shim = "ledger_torch";

    private static readonly string[] Declared =
    [
        .. File.ReadLines(SourceTree.Absolute(".build/debian/control"))
            .First(line => line.StartsWith("Depends: ", StringComparison.Ordinal))["Depends: ".Length..]
            .Split(',').Select(entry => entry.Trim().Split(' ')[0]),
    ];

    [OneTimeSetUp]
    public void LoadLibraries()
    {
        if (!File.Exists("/usr/bin/dpkg"))
            Assert.Ignore("only Debian knows which package a file is from");
        Assert.That(LibraryCheck.All().Select(finding => finding.Verdict), Is.All.EqualTo(Finding.IsFine));
    }

    [Test]
    public void Each_library_that_the_code_names_is_from_a_declared_package()
    {
        var names = Imported().ToList();
        Assert.That(names, Is.SupersetOf(new[] { "secp256k1", "libcrypto.so.3", "rocksdb", Shim, "libc" }));
        Assert.That(names.Where(name => name != Shim).Where(name => !Declared.Contains(PackageOf(Loaded(name)))),
            Is.Empty);
    }

    [Test]
    public void Each_library_that_the_shim_is_linked_with_is_from_a_declared_package()
    {
        var needed = Needed(Loaded(Shim)).ToList();
        Assert.That(needed, Has.Some.StartsWith("libtorch_cpu.so").And.Some.StartsWith("libopenblas.so"));
        Assert.That(needed.Where(name => !Declared.Contains(PackageOf(Loaded(name)))), Is.Empty);
    }

    [Test]
    public void Each_library_that_the_runtime_inside_is_linked_with_is_from_a_declared_package()
    {
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var needed = Directory.GetFiles(runtime, "*.so").Where(file => !file.Contains("traceptprovider"))
            .SelectMany(Needed).Distinct().Where(name => !File.Exists(Path.Combine(runtime, name))).ToList();
        Assert.That(needed, Has.Some.StartsWith("libstdc++.so"));
        Assert.That(needed.Where(name => !Declared.Contains(PackageOf(Loaded(name)))), Is.Empty);
    }

    [Test]
    public void What_is_declared_is_for_running_and_not_for_building() =>
        Assert.That(Declared, Has.None.EndsWith("-dev").And.Member("libopenblas0-pthread"));

    // The generator leaves a function marked with DllImport behind each LibraryImport.
    private static IEnumerable<string> Imported() =>
        from assembly in new[] { typeof(SecretKey).Assembly, typeof(TorchLibrary).Assembly, typeof(Program).Assembly }
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly)
        let import = method.GetCustomAttribute<DllImportAttribute>()
        where import is not null
        group method by import.Value into library
        select library.Key;

    // The file of this process; the system's own loader would find another version first where there are two.
    private static string Loaded(string name)
    {
        var start = name.Contains(".so", StringComparison.Ordinal) ? name
            : name.StartsWith("lib", StringComparison.Ordinal) ? $"{name}.so" : $"lib{name}.so";
        return File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')[^1])
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith(start, StringComparison.Ordinal))
            ?? SharedObjects().FirstOrDefault(path => Path.GetFileName(path) == name)
            ?? throw new AssertionException($"this process has not loaded '{name}'");
    }

    private static IEnumerable<string> SharedObjects() =>
        Shell.Lines("/sbin/ldconfig", "-p").Select(line => line.Split(" => ")[^1]);

    private static IEnumerable<string> Needed(string file) =>
        Shell.Lines("objdump", "-p", file).Select(line => NeededLine().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value);

    // A file of Debian may be known by its name in / or in /usr, and one of the alternatives by its target.
    private static string PackageOf(string path)
    {
        var target = Path.GetFullPath(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        string[] names = [target, target.StartsWith("/usr/", StringComparison.Ordinal) ? target[4..] : $"/usr{target}"];
        return names.Select(name => Shell.Run("dpkg", "-S", name)).Where(found => found.Code == 0)
            .Select(found => found.Output.Split(':')[0]).FirstOrDefault($"no package has {target}");
    }

    [GeneratedRegex(@"^\s+NEEDED\s+(\S+)")]
    private static partial Regex NeededLine();
}
