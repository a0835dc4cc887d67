"""[V3] No table is forgotten when an account is deleted."""

import asyncpg

from storage.deletion import AT_ONCE, BY_JOB, OTHERWISE

# A column of one of these names, or a reference to `users`, says whose a row is.
_WHOSE = """
    select distinct c.table_name::text as name
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'
        and c.table_name <> 'users' and (c.column_name ~ '(^|_)(user|owner|host|admin)_id$'
            or c.column_name = 'login_id' or c.column_name ~ '_by$')
    union
    select distinct conrelid::regclass::text from pg_constraint
    where contype = 'f' and confrelid = 'users'::regclass
"""
# Columns whose name says otherwise.
_NOT_WHOSE = {"job_effects"}


async def test_every_table_that_says_whose_its_rows_are_is_thought_of(database_url: str) -> None:
    """A new table goes into one of the three lists of storage/deletion.py, with its statement."""
    connection = await asyncpg.connect(database_url)
    try:
        found = {row["name"] for row in await connection.fetch(_WHOSE)} - _NOT_WHOSE
    finally:
        await connection.close()
    known = {*AT_ONCE, *BY_JOB, *OTHERWISE}
    assert found - known == set(), "are in no list of storage/deletion.py"
    assert not AT_ONCE.keys() & BY_JOB.keys()
