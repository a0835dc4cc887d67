"""Packing the client's modules: what is packed runs as what was written, the rest is refused."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server.javascript import CannotPack, read_module
from server.pack import Packed, pack_modules
from server.shell import answer_pack, make
from tests.support.product import ROOT

STATIC = ROOT / "static"
BUDGET = 150 * 1024


def pack(**sources: str) -> Packed:
    """Modules by the stem of their file, `app` first; a library has its own folder."""
    packed = Packed()
    files = {f"js/{name}.js": text for name, text in sources.items() if name != "library"}
    files["vendor/library.js"] = sources.get("library", "export const one = 1;")
    pack_modules(files, "js/app.js", packed)
    return packed


def run(packed: Packed, folder: Path) -> str:
    """What a pack writes to the console when Node runs it, with its neighbours beside it."""
    for address, body in packed.files.items():
        text = body.decode().replace("/static/packed/", "./").replace(".js", ".mjs")
        (folder / address.rpartition("/")[2].replace(".js", ".mjs")).write_text(text)
    name = packed.first.rpartition("/")[2].replace(".js", ".mjs")
    node = shutil.which("node")
    assert node is not None
    ran = subprocess.run([node, folder / name], capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_each_module_runs_once_in_a_scope_of_its_own_after_what_it_imports(folder: Path) -> None:
    """With named, renamed and whole imports, of our own modules and of libraries."""
    packed = pack(
        app='import { twice as double } from "./b.js";\nimport * as all from "./a.js";\n'
        'import { one } from "../vendor/library.js";\nconst local = "app";\n'
        "console.log(double(3), all.count(), local, one);",
        b='import { count } from "./a.js";\nconst local = count();\n'
        "export function twice(n) {\n  return n * local * 2;\n}",
        a="let calls = 0;\nfunction more() {\n  return (calls += 1);\n}\nexport { more as count };",
    )
    assert run(packed, folder) == "6 2 app 1\n"
    assert len(packed.files) == 2


def test_what_is_loaded_later_is_a_pack_of_its_own_and_shares_what_is_there(folder: Path) -> None:
    """What two of them need is in the first, so that no module has two states."""
    packed = pack(
        app='import { next } from "./state.js";\nnext();\n'
        "const [{ say }, { cry }] = [0, 1].map(() => ({}));\nvoid [say, cry];\n"
        'import("./x.js").then(async (x) => {\n  x.say();\n  (await import("./y.js")).say();\n});',
        x='import { next } from "./state.js";\nimport { both } from "./both.js";\n'
        'export const say = () => console.log("x", next(), both());',
        y='import { both } from "./both.js";\nexport const say = () => console.log("y", both());',
        both="let n = 0;\nexport const both = () => (n += 1);",
        state="let n = 0;\nexport const next = () => (n += 1);",
    )
    assert run(packed, folder) == "x 2 1\ny 2\n"
    assert set(packed.later) == {"js/x.js", "js/y.js"}


def test_a_library_may_come_later_too(folder: Path) -> None:
    packed = pack(
        app="const say = async () =>\n"
        '  console.log((await import("../vendor/library.js")).one);\nsay();'
    )
    assert run(packed, folder) == "1\n"
    assert packed.libraries == []


def test_comments_and_indentation_go_and_everything_else_stays(folder: Path) -> None:
    """Strings, templates and regular expressions may look like comments, imports and templates."""
    written = r"""
        // import { nothing } from "./nowhere.js";
        /** export const x = 1; */
        const text = "// not 'a' comment" + '/* nor "this" */';
        const made = `import x from "y"; // ${[1, 2].map((n) => `<${n}>`).join("/* } */")}
          as written`;
        const slash = /[/"'`]\/\/(?:\/\*)/g.test("x") || 8 / 2 / 2;
        const object = { import: 1, }.import /* between */ + 1;
        console.log([text, made, slash, object].join("|"));
    """
    written = written.replace("{ import: 1, }.import", "[1][0]")
    plain = folder / "plain.mjs"
    plain.write_text(written)
    node = shutil.which("node")
    assert node is not None
    expected = subprocess.run([node, plain], capture_output=True, text=True, check=True).stdout
    packed = pack(app=written)
    assert run(packed, folder) == expected
    assert "not there" not in packed.files[packed.first].decode()


REFUSED = [
    ("import x from './a.js';", "app.js:1 has an import"),
    ("\nexport default 1;", "app.js:2 has an export"),
    ('export * from "./a.js";', "has an export"),
    ('export { a } from "./a.js";', "has an export"),
    ("export let a = 1;", "has an export"),
    ("const { url } = import.meta;", "has an import"),
    ("const name = 'x';\nimport(name);", "app.js:2 has an import"),
    ("await 1;", "waits outside of braces"),
    ('import { a } from "a";', "whose address is not relative"),
    ('import { a } from "./nowhere.js";', "which is not there"),
    ('import { nothing } from "./a.js";', "imports ['nothing'] from ./a.js"),
    ('import { b } from "./b.js";', "which imports it"),
    ("if (x) {}\n/x/.test(y);", "has a slash after a brace"),
    ("const a = `never ends", "has a template without an end"),
]


@pytest.mark.parametrize("code, reason", REFUSED)
def test_what_would_run_differently_is_refused_with_its_place(code: str, reason: str) -> None:
    with pytest.raises(CannotPack, match=re.escape(reason)):
        pack(
            app=code,
            a="export const a = 1;",
            b='import { c } from "./c.js";\nexport const b = c;',
            c='import { b } from "./b.js";\nexport const c = b;',
        )


def test_the_client_is_written_so_that_it_can_be_packed(folder: Path) -> None:
    """And its packs are JavaScript, as Node reads it; every address leads to something."""
    shell = make(STATIC, ["", "login"])
    scripts = {name: file for name, file in shell.packs.items() if name.endswith(".js")}
    node = shutil.which("node")
    assert node is not None
    for name, file in scripts.items():
        path = folder / (Path(name).stem + ".mjs")
        path.write_bytes(file.body)
        subprocess.run([node, "--check", path], check=True)
    page = shell.page_at("/").body.decode()
    assert "/static/js/" not in page
    assert "/static/css/" not in page
    for address in re.findall(r"/static/packed/[^\"]+", page):
        assert address in shell.packs


def test_the_first_load_is_small() -> None:
    """At most 150 KiB of compressed script, and few requests."""
    shell = make(STATIC, [""])
    addresses = re.findall(r"/static/packed/[^\"]+", shell.page_at("/").body.decode())
    scripts = [shell.packs[name] for name in addresses if name.endswith(".js")]
    assert sum(len(file.small or file.body) for file in scripts) <= BUDGET
    assert len(addresses) <= 6


def test_a_worker_knows_the_files_of_its_version_and_which_addresses_are_pages() -> None:
    shell = make(STATIC, ["", "projects"])
    first_line, _, rest = shell.worker.body.decode().partition("\n")
    facts = json.loads(first_line.removeprefix("self.SHELL = ").removesuffix(";"))
    assert facts["version"] == shell.version
    assert facts["pages"] == ["", "projects"]
    assert {*shell.packs} < {*facts["files"]}
    assert facts["first"] in shell.page_at("/").body.decode()
    assert rest == (STATIC / "sw.js").read_text()


def test_servers_of_two_versions_side_by_side_answer_for_each_other() -> None:
    """What a page begins with is found in this version; what it loads later must be its own."""
    shell = make(STATIC, [""])
    app = next(name for name in shell.packs if re.search(r"/app-\w+\.js$", name))
    assert answer_pack(shell, app) is shell.packs[app]
    assert answer_pack(shell, "/static/packed/app-0123456789abcdef.js") == app
    assert answer_pack(shell, "/static/packed/later-pages-0123456789abcdef.js") is None
    assert answer_pack(shell, "/static/packed/nothing.js") is None


def test_what_a_module_says() -> None:
    module = read_module(
        'import { a, b as c } from "./x.js";\nexport const d = () => import("./y.js");', "m.js"
    )
    assert [(each.address, each.names) for each in module.imports] == [
        ("./x.js", {"a": "a", "b": "c"})
    ]
    assert (module.exports, module.later) == ({"d": "d"}, ["./y.js"])
