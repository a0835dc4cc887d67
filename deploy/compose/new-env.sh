#!/bin/sh
# Prints a .env for compose.yaml with fresh secrets: `sh deploy/compose/new-env.sh > .env`.
set -eu

secret() {
    # Letters and digits only: they stand in addresses, too.
    LC_ALL=C tr -dc 'A-Za-z0-9' < /dev/urandom | head -c 48
}

cat <<END
# The address that people use. With https:// see docs/OPERATIONS.md, "Compose".
PUBLIC_URL=http://localhost:8080
# Where the balancer listens on this machine.
LISTEN=127.0.0.1:8080
# Where Grafana listens; its user is admin.
GRAFANA_LISTEN=127.0.0.1:3000

JWT_SECRET=$(secret)
POSTGRES_PASSWORD=$(secret)
VALKEY_PASSWORD=$(secret)
GRAFANA_PASSWORD=$(secret)
END
