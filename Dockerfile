# syntax=docker/dockerfile:1

FROM node:20-slim AS assets
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY bin/launch bin/launch
RUN PYTHONPATH=bin python3 -m launch.assets

FROM python:3.11-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r /tmp/base.txt

FROM python:3.11-slim
# tini forwards signals and reaps processes that a worker's pool leaves.
# Pango and a Japanese font are for PDF files (docs/dependencies.md).
RUN apt-get update && apt-get install -y --no-install-recommends tini libpangoft2-1.0-0 libharfbuzz-subset0 \
        fonts-dejavu-core fonts-ipafont-gothic && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /app --shell /usr/sbin/nologin caretrack \
    && install -d -o caretrack -g caretrack /var/lib/caretrack/media /var/lib/caretrack/static
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
COPY --from=assets /app/static/vendor static/vendor
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CARETRACK_MEDIA_DIR=/var/lib/caretrack/media \
    CARETRACK_STATIC_DIR=/var/lib/caretrack/static
# Production refuses missing or weak settings. Collecting needs none of them, so these are placeholders for this step.
RUN CARETRACK_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    CARETRACK_ENCRYPTION_KEYS="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    CARETRACK_DATABASE_URL=postgresql:///none CARETRACK_REDIS_URL=redis://none:6379/0 CARETRACK_EMAIL_URL=smtp://none \
    CARETRACK_BASE_URL=https://none.invalid CARETRACK_ALLOWED_HOSTS=none.invalid \
    python manage.py collectstatic --noinput --verbosity 0
# Compiled once here, not again by each process that starts.
RUN python -m compileall -q audit caretrack cases contacts core insight integrations rca routing sla
USER caretrack
VOLUME /var/lib/caretrack/media
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["deploy/healthcheck", "web"]
ENTRYPOINT ["tini", "--", "deploy/entry"]
CMD ["web"]
