# syntax=docker/dockerfile:1
#
# The image of a Yardmaster server, from nothing but this folder:
#
#     docker build -t yardmaster .
#
# What the steps do is in the scripts in docker/, which also run outside a container. docs/deploy.md says how to use the
# image. The base images are named by tag; pin the digests that you have checked with
# --build-arg BUILDER=…@sha256:… --build-arg BASE=…@sha256:…

ARG BUILDER=eclipse-temurin:25-jdk-noble
ARG BASE=ubuntu:24.04

# --- the program, a Java runtime with the modules it uses, and the AOT cache of the two

FROM ${BUILDER} AS build

# PostgreSQL, which the AOT cache is trained with, does not run as root.
RUN useradd --uid 10001 --create-home builder \
    && install --directory --owner=builder /build /opt/java /opt/yardmaster
USER builder
WORKDIR /build

COPY --chown=builder . .
RUN --mount=type=cache,target=/home/builder/.m2,uid=10001 \
    ./mvnw -B -ntp -Dmaven.test.skip=true package

RUN docker/runtime /opt/java \
    && docker/extract target/yardmaster-image.jar /opt/yardmaster

# Trained under the path, and with the very files, that the image has: the JVM refuses the cache otherwise.
RUN RUNTIME=/opt/java docker/with-postgres target/yardmaster.jar docker/train /opt/yardmaster

# --- what runs

FROM ${BASE}

# Bash, tar and the like, which jobs are written in, are in the base image. Jobs that need more, Python for example, get
# it from an image that is built FROM this one.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 65532 yardmaster \
    && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /var/lib/yardmaster --shell /usr/sbin/nologin \
        yardmaster \
    && install --directory --owner=65532 --group=65532 --mode=0700 /var/lib/yardmaster

COPY --from=build /opt/java /opt/java
COPY --from=build /opt/yardmaster /opt/yardmaster

ENV JAVA_HOME=/opt/java \
    LANG=C.UTF-8 \
    YARDMASTER_DATADIR=/var/lib/yardmaster

# application.yaml is looked for here.
WORKDIR /etc/yardmaster

# A number, so that Kubernetes can see that it is not root. All the server writes is in the volume and in /tmp: the root
# file system may be read-only.
USER 65532:65532
VOLUME /var/lib/yardmaster
EXPOSE 8080
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["/opt/yardmaster/healthy"]

# tini reaps what steps leave behind when they end. A server that was told to stop and did has not failed (-e 143).
ENTRYPOINT ["/usr/bin/tini", "-e", "143", "--", "/opt/yardmaster/start"]

LABEL org.opencontainers.image.title="Yardmaster" \
      org.opencontainers.image.description="A job-run server: lists, plans, runs and streams jobs kept as folders of scripts." \
      org.opencontainers.image.base.name="docker.io/library/ubuntu:24.04"
