import Events
import Testing

@testable import Executor

@Suite struct JavaSourceTests {
    @Test(arguments: [
        ("public class A { public static void main(String[] a) {} }", "A.java", "A"),
        ("class A { public static void main(String[] a) {} }", "Code.java", "A"),
        ("class A {} class B { static public void main(String... a) {} }", "Code.java", "B"),
        ("package x.y; public final class A { public static void main(String[] a) {} }", "A.java", "x.y.A"),
        ("// public class No {\n/* class No2 { */ public class Yes { static void main(String[] a) {} }", "Yes.java", "Yes"),
        ("class A { String s = \"} public class B {\"; char c = '{'; } class C { static void main(String[] a) {} }", "Code.java", "C"),
        ("class A { String s = \"\"\"\n } public class B { \\\"\"\" \"\"\"; } public class D {}", "D.java", "D"),
        ("public record R(int x) { public static void main(String[] a) {} }", "R.java", "R"),
        ("public enum E { X; public static void main(String[] a) {} }", "E.java", "E"),
        ("public interface I { static void main(String[] a) {} }", "I.java", "I"),
        ("class A { class Inner { public static void main(String[] a) {} } } class B { public static void main(String[] a) {} }", "Code.java", "B"),
        ("public class A {} class B { public static void main(String[] a) {} }", "A.java", "B"),
        ("@Deprecated public abstract sealed class Größe permits A {}", "Größe.java", "Größe"),
        ("class A { Class<?> c = A.class; void main() {} }", "Code.java", "A"),
        ("", "Code.java", "Code"), ("int x = 1;", "Code.java", "Code"), ("public class", "Code.java", "Code"),
        ("class A { String s = \"never closed", "Code.java", "A"), ("/* open", "Code.java", "Code"),
        ("}}} class A { static void main(String[] a) {} }", "Code.java", "Code"),
    ])
    func `file and class are found`(code: String, file: String, main: String) {
        let source = JavaSource(Array(code.utf8))
        #expect(source.fileName == file)
        #expect(source.mainClass == main)
    }
}

@Suite struct CompileReadsTests {
    private let inputs = ["data.csv", "x.h", "util.rs", "Answer.java", "sub/m.f90"].map {
        MountedFile(path: $0, sha256: [1])
    }

    private func relevant(_ language: Language, _ code: String) -> [String]? {
        CompileReads(language)?.relevant(inputs, to: Array(code.utf8))?.map(\.path)
    }

    @Test func `what a compiler looks for by itself counts`() {
        #expect(relevant(.c, "#include <stdio.h>\nint main() {}") == ["x.h"])
        #expect(relevant(.rust, "fn main() {}") == ["util.rs"])
        #expect(relevant(.java, "class A {}") == ["Answer.java"])
        #expect(relevant(.fortran, "end program") == ["sub/m.f90"])
        #expect(relevant(.go, "package main") == ["x.h"])
        #expect(relevant(.d, "void main() {}") == [])
    }

    @Test func `what the code names counts`() {
        #expect(relevant(.c, "fopen(\"data.csv\")") == ["data.csv", "x.h"])
        #expect(relevant(.d, "File(\"data.csv\")") == ["data.csv"])
    }

    @Test(arguments: [
        (Language.c, "#include \"y.c\""), (.c, "#include NAME"), (.c, "#inc\\\nlude \"y.c\""), (.c, "# include/**/\"y.c\""),
        (.c, "#include \t\"y\""), (.c, "__asm__(\".incbin\")"), (.cPlusPlus, "#if __has_include(<y>)"),
        (.c, "%:include <x>"), (.rust, "include_str!(concat!(\"a\", \"b\"))"), (.rust, "mod util;"),
        (.d, "pragma(lib, \"x\")"), (.d, "mixin(\"import x;\")"), (.fortran, "include 'x'"), (.go, "//go:embed *"),
        (.go, "import \"./x\""),
    ])
    func `code that can name any file makes all count`(language: Language, code: String) {
        #expect(relevant(language, code)?.count == inputs.count)
    }

    @Test func `code that asks for the time is not kept`() {
        #expect(relevant(.c, "puts(__DATE__)") == nil)
        #expect(relevant(.d, "writeln(__TIMESTAMP__)") == nil)
    }

    @Test func `what is not compiled ahead is not kept`() {
        for language in [Language.python, .javaScript, .typeScript, .php, .r, .bash] {
            #expect(CompileReads(language) == nil)
        }
    }
}

@Suite struct ToolchainVersionTests {
    @Test(arguments: [
        ("go version go1.19.8 linux/amd64", "1.19.8"), ("openjdk version \"17.0.15\" 2025-04-15", "17.0.15"),
        ("GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)", "5.2.15"), ("rustc 1.63.0", "1.63.0"),
        ("LDC - the LLVM D compiler (1.30.0):\n  based on DMD v2.100.1", "1.30.0"), ("v20.20.2", "20.20.2"),
        ("Rscript (R) version 4.2.2 Patched (2022-11-10 r83330)", "4.2.2"), ("PHP 8.2.36 (cli)", "8.2.36"),
        ("12.2.0\n", "12.2.0"), ("Python 3.11.2", "3.11.2"),
    ])
    func `is the first number with a dot`(text: String, version: String) {
        #expect(ToolchainProbe.version(in: text) == version)
    }

    @Test func `is nothing when there is none`() {
        #expect(ToolchainProbe.version(in: "error: 7 problems.") == nil)
        #expect(ToolchainProbe.version(in: "") == nil)
    }

    @Test func `a tool that is not there has none`() {
        #expect(ToolchainProbe(programs: ["/nowhere/tool"], ["/nowhere/tool"]) == nil)
        #expect(ToolchainProbe(programs: ["/bin/false"], ["/bin/false"])?.version() == nil)
    }
}
