# Two stages: the first builds the virtual environment from the hashed lock, the second runs it.
FROM debian:bookworm-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/humband
COPY requirements.lock ./
RUN python3 -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY core core
COPY models models
COPY soundfonts soundfonts
COPY examples examples
# Editable: bot and core stay where they are, beside models/ and soundfonts/, which they read.
RUN .venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && .venv/bin/python -m compileall -q bot core

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 ffmpeg fluidsynth fluid-soundfont-gm libcairo2 ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --uid 10001 humband \
 && install -d -o humband -g humband /data
COPY --from=build /opt/humband /opt/humband
ENV PATH=/opt/humband/.venv/bin:$PATH DATA_DIR=/data HTTP_HOST=0.0.0.0 PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp/matplotlib
USER humband
WORKDIR /data
VOLUME /data
EXPOSE 8080
# The service answers on /health; before it serves (or for one-off commands) the doctor's word counts.
HEALTHCHECK --interval=30s --timeout=10s --start-period=20s \
  CMD python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=5)" || exit 1
ENTRYPOINT ["humband"]
CMD ["serve"]
