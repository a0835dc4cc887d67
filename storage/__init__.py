"""Postgres, Redis, media and the embedded servers: the only home of SQL, Lua and key names."""
