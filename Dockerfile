# One image, three commands: api, worker and migrate, and every other `arende` command.
#
#   docker build --tag arende:local .                                  # with region/
#   docker build --tag arende:local --build-arg REGION=region-example .

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.11.17-slim AS build
COPY --from=uv /uv /usr/local/bin/uv
ENV UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project
COPY . .
RUN uv sync --frozen --no-dev
# Without bytecode the sandbox of workflows compiles its modules anew for each case.
RUN .venv/bin/python -m compileall -q --invalidation-mode=unchecked-hash -x /.venv/ .

FROM python:3.11.17-slim
ARG REGION=region
RUN groupadd --gid 10001 arende \
    && useradd --uid 10001 --gid arende --no-create-home --shell /usr/sbin/nologin arende \
    && install --directory --owner=arende --group=arende /run/mail-authority
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ARENDE_REGION_DIR=/app/${REGION}
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8080/health/ready', timeout=3)"]
ENTRYPOINT ["arende"]
CMD ["api"]
