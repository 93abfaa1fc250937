# Spark's batch job on Dataproc Serverless, which mounts Java and Spark into the image and runs it as its own
# user: the libraries alone. `make spark-submit` uploads our code.
FROM python:3.11.15-slim-bookworm AS build
COPY requirements/spark.txt /tmp/lock.txt
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /tmp/lock.txt \
 && /opt/venv/bin/pip uninstall --yes pyspark py4j

FROM python:3.11.15-slim-bookworm
# Spark's start scripts call ps and tini; user and group must have this number, and a home.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends procps tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 1099 spark \
 && useradd --uid 1099 --gid 1099 --create-home --home-dir /home/spark spark
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PYSPARK_PYTHON=/opt/venv/bin/python PYTHONUNBUFFERED=1
USER 1099:1099
