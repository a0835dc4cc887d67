"""What a migration must not do while servers of the version before still serve.

The rule is CONTRIBUTING.md's: first add, let a version pass, then take away. Each file is read
statement by statement; what is not harmless stands in EXCEPTIONS with the reason why it was.
"""

import re
from collections.abc import Iterator

import pytest

from storage.migrations import Migration, known_migrations

# A rule's name, and what breaks it. `table` is the table concerned: one that the same file makes
# is nobody's yet.
_TABLE = r"(?:if exists |if not exists |only )*(?P<table>[a-z_0-9.]+)"
RULES = {
    # What old servers use is gone, or called otherwise.
    "drops": rf"drop (?:table|view|function|type|sequence|trigger [a-z_0-9]+ on) {_TABLE}",
    "drops a column": rf"alter table {_TABLE} .*\bdrop column\b",
    # ON CONFLICT of old servers may name it.
    "drops a constraint": rf"alter table {_TABLE} .*\bdrop constraint\b",
    "renames": rf"alter (?:table|view|index|type|sequence) {_TABLE} .*\brename\b",
    # What old servers write is refused.
    "forbids null": rf"alter table {_TABLE} .*\bset not null\b",
    "adds a required column": rf"alter table {_TABLE} (?=.*\badd column\b[^,]*\bnot null\b)"
    r"(?!.*\b(?:default|generated)\b)",
    "drops a default": rf"alter table {_TABLE} .*\bdrop default\b",
    "makes unique": rf"(?:create unique index (?:concurrently )?\S+ on |alter table ){_TABLE}"
    r"(?<=[a-z_0-9.])(?: \(| .*\badd (?:constraint \S+ )?(?:unique|exclude|primary key)\b)",
    "adds a trigger": rf"create (?:or replace )?(?:constraint )?trigger \S+ .*?\bon {_TABLE}",
    # Everybody waits while a large table is read or written anew.
    "changes a type": rf"alter table {_TABLE} .*\balter (?:column )?\S+ (?:set data )?type\b",
    "checks all rows": rf"alter table {_TABLE} (?=.*\badd\b.*\b(?:check|foreign key)\b)"
    r"(?!.*\bnot valid\b)",
    "writes all rows": rf"alter table {_TABLE} .*\badd column\b.*\bdefault [a-z_]+\(",
    "indexes under a lock": rf"create (?:unique )?index (?!concurrently)\S+ on {_TABLE}",
    "changes rows": rf"(?:update|delete from) {_TABLE}",
    "locks": rf"(?:lock table|lock|truncate table|truncate|cluster|vacuum full) {_TABLE}",
}
# Comments, texts, and bodies of functions.
_WORDLESS = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
# (file, rule, table): why it was harmless all the same.
EXCEPTIONS: dict[tuple[str, str, str], str] = {
    ("0019_preferences.sql", "checks all rows", "users"): "Both columns are new and null in every"
    " row: one pass over users, some seconds for ten millions, and no server wrote them before.",
}
# Of 0.1.0, the first version: no server of an earlier one served anybody, and no table was large.
FIRST_VERSION = 17

# Each rule by what it finds, and what does the same without harm.
FOUND = {
    "drops": "drop table users",
    "drops a column": "alter table users drop column name",
    "drops a constraint": "alter table users drop constraint users_email_key",
    "renames": "alter table users rename column name to nick",
    "forbids null": "alter table users alter column name set not null",
    "adds a required column": "alter table users add column points integer not null",
    "drops a default": "alter table users alter column name drop default",
    "makes unique": "create unique index concurrently users_name on users (name)",
    "adds a trigger": "create trigger t before update on users for each row execute function f()",
    "changes a type": "alter table users alter column name type varchar(40)",
    "checks all rows": "alter table users add constraint named check (name <> '; -- x')",
    "writes all rows": "alter table users add column code uuid default gen_random_uuid()",
    "indexes under a lock": "create index users_name on users (name)",
    "changes rows": "-- what's left\nupdate users set name = ''",
    "locks": "lock table users in exclusive mode",
}
HARMLESS = """
    alter table users add column points integer not null default 0;
    alter table users add column nick text;
    create index concurrently users_name on users (name);
    alter table users add constraint named check (name <> '') not valid;
    alter table users validate constraint named;
    create table medals (id bigint primary key, name text not null);
    create unique index medals_name on medals (name);
    insert into medals values (1, 'it''s; drop table users');
    create function f() returns trigger language plpgsql as $$ begin drop table users; end $$;
"""


def statements(sql: str) -> Iterator[str]:
    """The statements in small letters, each in one line, without comments and texts."""
    sql = _WORDLESS.sub(lambda found: " " if found[0].startswith("--") else "''", sql)
    for statement in sql.split(";"):
        if words := " ".join(statement.lower().split()):
            yield words


def offences(migration: Migration) -> set[tuple[str, str, str]]:
    """(file, rule, table) of what old servers would notice."""
    found = set()
    fresh: set[str] = set()
    for statement in statements(migration.sql):
        if made := re.match(r"create table (?:if not exists )?([a-z_0-9.]+)", statement):
            fresh.add(made[1])
        for rule, pattern in RULES.items():
            match = re.match(pattern, statement)
            if match is not None and match["table"] not in fresh:
                found.add((migration.name, rule, match["table"]))
    return found


@pytest.mark.parametrize("migration", known_migrations(), ids=lambda migration: migration.name)
def test_old_servers_go_on_while_it_is_applied_and_after(migration: Migration) -> None:
    """[Upgrading] Or the file says by `-- needs:` with which servers it works."""
    if migration.version > FIRST_VERSION and not migration.needs:
        assert offences(migration) - set(EXCEPTIONS) == set()


def test_there_is_no_exception_without_its_case() -> None:
    found = set().union(*(offences(migration) for migration in known_migrations()))
    assert set(EXCEPTIONS) - found == set()


@pytest.mark.parametrize("rule,sql", FOUND.items(), ids=list(FOUND))
def test_each_rule_finds_what_it_is_for(rule: str, sql: str) -> None:
    assert offences(Migration(1, "1.sql", sql)) == {("1.sql", rule, "users")}


def test_what_is_harmless_is_not_found() -> None:
    assert set(FOUND) == set(RULES)
    assert offences(Migration(1, "1.sql", HARMLESS)) == set()
