# docker build -t brainside .                      what the study needs, with the CPU build of PyTorch
# docker build -t brainside:report --target report .    and LaTeX, for the PDFs
# docker run --rm -v brainside-results:/brainside/results brainside snakemake --cores 2 quick_study

FROM python:3.11-slim-bookworm AS build
ARG PIP_FLAGS="--extra-index-url https://download.pytorch.org/whl/cpu"
RUN python -m venv /opt/brainside
WORKDIR /brainside
COPY pyproject.toml constraints.txt ./
COPY requirements/packages.txt requirements/
COPY src/brainside/__init__.py src/brainside/
# Before the code is copied, so that a change of it installs nothing anew.
RUN pip() { /opt/brainside/bin/pip install --no-cache-dir $PIP_FLAGS "$@"; } \
    && pip --require-hashes --no-deps -r requirements/packages.txt \
    && pip -c constraints.txt --no-build-isolation -e '.[test]'

FROM python:3.11-slim-bookworm AS base
RUN apt-get update && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/* && useradd --create-home --uid 1000 brainside
COPY --from=build /opt/brainside /opt/brainside
COPY --chown=brainside . /brainside
RUN chown brainside /brainside
ENV PATH=/opt/brainside/bin:$PATH PYTHONPATH=/brainside/src
WORKDIR /brainside

FROM base AS report
RUN workflow/scripts/latex.sh install && workflow/scripts/latex.sh check \
    && rm -rf /var/lib/apt/lists/*
USER brainside
CMD ["snakemake", "--cores", "all"]

FROM base AS study
USER brainside
CMD ["snakemake", "--cores", "all"]
