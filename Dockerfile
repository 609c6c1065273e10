# Two images: `bot` is small and has no PyTorch, `engine` paints. compose.yaml builds both.

FROM python:3.13-slim AS base
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1 ATELIER_DATA_DIR=/data
RUN useradd --create-home --uid 1000 atelier && \
    install -d -o atelier -g atelier /data /home/atelier/.cache
WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY config config
COPY jobs jobs
COPY pictures pictures
COPY samples samples
COPY bot bot
COPY engine engine
COPY sandbox sandbox
COPY cli cli
VOLUME /data
ENTRYPOINT ["atelier"]

FROM base AS bot
RUN pip install --constraint constraints.txt '.[bot]'
USER atelier
CMD ["bot"]

FROM base AS engine
# Triton compiles the kernels for a GPU when they are first used.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && \
    rm -rf /var/lib/apt/lists/*
RUN pip install --constraint constraints.txt '.[engine]'
USER atelier
CMD ["engine"]
