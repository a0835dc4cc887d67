FROM python:3.13-slim AS packages

COPY requirements.txt .
# Into an environment of their own, which the image takes without pip and its cache.
RUN python -m venv --without-pip /opt/focushub/venv \
 && pip --python /opt/focushub/venv/bin/python install --no-cache-dir --require-hashes -r requirements.txt


FROM python:3.13-slim

# A user with a passwd entry: initdb refuses to run as root, and as a uid without a name.
RUN useradd --system --user-group --uid 10001 --home-dir /data --shell /usr/sbin/nologin focushub \
 && install -d -o focushub -g focushub -m 0700 /data

COPY --from=packages /opt/focushub/venv /opt/focushub/venv
WORKDIR /opt/focushub/app
COPY LICENSE run.py ./
COPY rooms rooms
COPY storage storage
COPY handlers handlers
COPY server server
COPY static static
# The user may not write here, so what Python would cache at run time is made now.
RUN python -m compileall -q .

ENV PATH=/opt/focushub/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=4000

USER focushub
VOLUME /data
EXPOSE 4000

# Past any proxy that the environment names: the question is whether this container answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]

# Python itself is process 1, so that SIGTERM reaches the server, which drains before it goes.
CMD ["python", "run.py"]
