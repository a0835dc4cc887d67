"""The web client's modules in few files: made when they are asked for, from the files as written.

Each module keeps a scope of its own, a function that is called once, after those that it imports.
What is loaded later, by `import("…")`, goes into a pack of its own; what two of those need, into
the first. An address has a digest of what it leads to, so that browsers keep it for ever.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import join, normpath

from server.javascript import CannotPack, Module, read_module

PLACE = "/static/packed/"
VENDOR = "vendor/"  # the folder of what is not ours: kept as it is, a file of its own

_START = """const m = [];
const later = async (address, n) => {
const { fill } = await import(address);
if (!(n in m)) fill(m);
return m[n];
};
"""


@dataclass(slots=True)
class Packed:
    """What is served: `files` by address; `first` starts the page, `later` are packs by module."""

    files: dict[str, bytes] = field(default_factory=dict)
    first: str = ""
    libraries: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, body: bytes) -> str:
        """The address of a new file."""
        stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
        digest = hashlib.sha256(body).hexdigest()[:16]
        address = f"{PLACE}{stem}-{digest}{suffix}"
        self.files[address] = body
        return address


def pack_modules(sources: dict[str, str], entry: str, packed: Packed) -> None:
    """Add the packs of `entry` and of all that it reaches; `sources` are texts by path.

    Raises CannotPack, which says where the code is not as we write it.
    """
    graph = _Graph(sources, entry)
    for name in sorted(graph.libraries):
        packed.libraries.append(packed.add(name, sources[name].encode()))
    libraries = dict(zip(sorted(graph.libraries), packed.libraries, strict=True))
    for name in sorted(graph.later_libraries):
        packed.later[name] = packed.add(name, sources[name].encode())
    for name, members in graph.packs.items():
        if name != entry:
            body = f"export const fill = (m) => {{\n{graph.code_of(members, {})}}};\n"
            packed.later[name] = packed.add(name, body.encode())
    imports = "".join(
        f"import * as l{n} from {json.dumps(address)};\n"
        for n, address in enumerate(libraries.values())
    )
    shared = "".join(f"m[{graph.ids[name]}] = l{n};\n" for n, name in enumerate(libraries))
    code = imports + _START + shared + graph.code_of(graph.packs[entry], packed.later)
    packed.first = packed.add(entry, code.encode())


class _Graph:
    """Who imports whom: `packs` has the modules of each pack in the order in which they run."""

    def __init__(self, sources: dict[str, str], entry: str) -> None:
        self._sources = sources
        self._modules: dict[str, Module] = {}
        self.libraries: set[str] = set()
        self.later_libraries: set[str] = set()
        self.packs = {entry: list(self._below(entry))}
        starts = self._starts(entry)
        below = {start: list(self._below(start)) for start in starts}
        asked = [name for names in below.values() for name in names]
        shared = [name for name in dict.fromkeys(asked) if asked.count(name) > 1]
        for name in shared:
            if name not in self.packs[entry]:
                self.packs[entry].append(name)
        first = set(self.packs[entry])
        for start, names in below.items():
            self.packs[start] = [name for name in names if name not in first]
        every = sorted({*self._modules, *self.libraries})
        self.ids = {name: n for n, name in enumerate(every)}
        self._check_names()

    def _starts(self, entry: str) -> list[str]:
        """The modules that are loaded later, by any that is reached."""
        found: dict[str, None] = {}
        waiting = [entry]
        while waiting:
            for name in self._below(waiting.pop()):
                for address in self._modules[name].later:
                    start = _path_of(name, address)
                    if start.startswith(VENDOR):
                        self.later_libraries.add(start)
                    elif start not in found:
                        found[start] = None
                        waiting.append(start)
        return [start for start in found if start not in self.packs[entry]]

    def _below(self, entry: str) -> Iterator[str]:
        """`entry` and what it imports, each after all that it imports itself."""
        done: dict[str, bool] = {}

        def visit(name: str, by: str) -> Iterator[str]:
            if name.startswith(VENDOR):
                self.libraries.add(name)
            elif name not in done:
                done[name] = False
                for each in self._module(name, by).imports:
                    yield from visit(_path_of(name, each.address), name)
                done[name] = True
                yield name
            elif not done[name]:
                raise CannotPack(f"{by} imports {name}, which imports it")

        yield from visit(entry, "somebody")

    def _module(self, name: str, by: str) -> Module:
        if name not in self._modules:
            if name not in self._sources:
                raise CannotPack(f"{by} imports {name}, which is not there")
            self._modules[name] = read_module(self._sources[name], name)
        return self._modules[name]

    def _check_names(self) -> None:
        """What is imported must be exported: a browser would refuse, a pack would not."""
        for name, module in self._modules.items():
            for each in module.imports:
                target = self._modules.get(_path_of(name, each.address))
                missing = set(each.names) - {"*", *target.exports} if target else set()
                if missing:
                    raise CannotPack(f"{name} imports {sorted(missing)} from {each.address}")

    def code_of(self, names: list[str], addresses: dict[str, str]) -> str:
        return "".join(self._scope(name, addresses) for name in names)

    def _scope(self, name: str, addresses: dict[str, str]) -> str:
        """The module as a function that is called once, and what it exports."""
        module = self._modules[name]
        code = module.code
        for n, address in enumerate(module.later):
            code = code.replace(f"\0{n}\0", self._later(name, address, addresses))
        imports = "".join(self._binding(name, each.address, each.names) for each in module.imports)
        exports = _braces(module.exports)
        return f"m[{self.ids[name]}] = (() => {{\n{imports}{code}\nreturn {exports};\n}})();\n"

    def _binding(self, name: str, address: str, names: dict[str, str]) -> str:
        id_ = self.ids[_path_of(name, address)]
        if "*" in names:
            return f"const {names['*']} = m[{id_}];\n"
        return f"const {_braces(names)} = m[{id_}];\n" if names else ""

    def _later(self, name: str, address: str, addresses: dict[str, str]) -> str:
        target = _path_of(name, address)
        if target.startswith(VENDOR):
            return f"import({json.dumps(addresses[target])})"
        if target in addresses:
            return f"later({json.dumps(addresses[target])}, {self.ids[target]})"
        if target in self.packs and target != next(iter(self.packs)):
            raise CannotPack(f"{name} is loaded later, and loads {target} later still")
        return f"Promise.resolve(m[{self.ids[target]}])"


def _path_of(name: str, address: str) -> str:
    if not address.startswith("."):
        raise CannotPack(f"{name} imports {address}, whose address is not relative")
    return normpath(join(str(PurePosixPath(name).parent), address))


def _braces(names: dict[str, str]) -> str:
    pairs = (a if a == b else f"{a}: {b}" for a, b in names.items())
    return f"{{ {', '.join(pairs)} }}"
