# The image of the action, and of the `crreg` command: `docker run IMAGE check --help`.
# It needs no BuildKit, since self-hosted runners and other implementations of Actions build with either builder.
# The base is pinned by the digest of its multi-platform index, written out in each FROM, since that is what Dependabot
# updates: it follows no ARG.

FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f AS packages
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-pip
COPY requirements/runtime.txt /build/runtime.txt
# Wheels only: nothing of a dependency runs before its hash was compared, and no compiler is needed.
RUN pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes --root-user-action ignore \
        --no-warn-script-location --target /opt/crreg --requirement /build/runtime.txt
# botocore describes some 400 services, crreg asks three of them; the rest is what botocore itself starts with.
# What else goes is never imported: console scripts, tests, type stubs, headers and examples of resources.
RUN cd /opt/crreg \
    && find botocore/data -mindepth 1 -maxdepth 1 \
        ! -name sts ! -name ecr ! -name ecr-public \
        ! -name endpoints.json ! -name partitions.json ! -name _retry.json ! -name sdk-default-configuration.json \
        -exec rm -r {} + \
    && rm -rf bin boto3/data boto3/examples \
    && find . -type d -name tests -prune -exec rm -r {} + \
    && find . -type f '(' -name '*.pyi' -o -name '*.h' ')' -delete
COPY src/crreg /opt/crreg/crreg
COPY docs/rules.md /opt/crreg/crreg/rules/pages.md
COPY entrypoint.py LICENSE /opt/crreg/
# Bytecode that is valid by contract rather than by date is the same in every build, and saves a stat a module.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/crreg

FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f
LABEL org.opencontainers.image.title="crreg" \
      org.opencontainers.image.description="Check the container registry secrets that GitHub Codespaces needs" \
      org.opencontainers.image.licenses="MIT"
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/* /var/log/*
COPY --from=packages /opt/crreg /opt/crreg
# One trust store for every client inside (requests and botocore would each use a bundle of their own): a step that
# works behind a company's certificate authority overrides all three.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
# There is no USER: the runner mounts the workspace and the command files as root's, and GitHub requires root for them.
# -I keeps the working directory, which is the hostile workspace, off the import path and ignores PYTHON* variables;
# -S spares the start-up of a site that holds nothing; -u lets a mask reach the log before the first line that needs it.
ENTRYPOINT ["/usr/bin/python3", "-I", "-S", "-u", "-X", "utf8", "/opt/crreg/entrypoint.py"]
