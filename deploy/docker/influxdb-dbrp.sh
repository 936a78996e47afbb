#!/bin/sh
# Runs once, after the image has set InfluxDB up: InfluxQL asks for a database and a retention policy, 2.x has buckets.
set -eu
influx v1 dbrp create --default --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --db mbg --rp autogen \
  --org "$DOCKER_INFLUXDB_INIT_ORG" --token "$DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"
