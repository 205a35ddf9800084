# The image of the action, and of the `crreg` command: `docker run IMAGE check --help`.
# It needs no BuildKit, since self-hosted runners and other implementations of Actions build with either builder.
# The base is pinned by the digest of its multi-platform index, which Dependabot updates.

FROM debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f AS packages
ENV DEBIAN_FRONTEND=noninteractive
# Debian's images name, in a comment above each archive, the snapshot of it that they were made from. With these, the
# digest above decides on the version of every package. An image without such comments uses its archives as they are.
RUN sed -i '/^# http:\/\/snapshot\.debian\.org\//{N;s|^# \(.*\)\nURIs: .*|URIs: \1|;}' /etc/apt/sources.list.d/debian.sources \
    # A snapshot is never renewed, so its index is soon too old for apt.
    && apt-get -o Acquire::Check-Valid-Until=false update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-pip
COPY requirements/runtime.txt /build/runtime.txt
# Wheels only: nothing of a dependency runs before its hash was compared, and no compiler is needed.
RUN pip install --no-cache-dir --no-compile --only-binary :all: --require-hashes --root-user-action ignore \
        --no-warn-script-location --target /opt/crreg --requirement /build/runtime.txt
COPY container/assemble.py /build/assemble.py
COPY src/crreg /opt/crreg/crreg
COPY docs/rules.md /opt/crreg/crreg/rules/pages.md
COPY entrypoint.py LICENSE /opt/crreg/
RUN python3 -I -S /build/assemble.py /opt/crreg /image

FROM scratch
LABEL org.opencontainers.image.title="crreg" \
      org.opencontainers.image.description="Check the container registry secrets that GitHub Codespaces needs" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0"
COPY --from=packages /image /
# One trust store for every client inside (requests and botocore would each use a bundle of their own): a step that
# works behind a company's certificate authority overrides all three.
ENV PATH=/usr/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
# There is no USER: the runner mounts the workspace and the command files as root's, and GitHub requires root for them.
# -I keeps the working directory, which is the hostile workspace, off the import path and ignores PYTHON* variables;
# -S spares the start-up of a site that holds nothing; -u lets a mask reach the log before the first line that needs it.
ENTRYPOINT ["/usr/bin/python3", "-I", "-S", "-u", "-X", "utf8", "/opt/crreg/entrypoint.pyc"]
