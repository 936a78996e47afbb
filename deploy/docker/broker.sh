#!/bin/sh
# broker.sh PASSWORDS CONF: writes the password file from the environment, hashed, and becomes mosquitto.
# Each name of MBG_MQTT_DEVICES logs in with the devices' password, the gateway with its own.
set -eu
umask 077
: "${MBG_MQTT_PASSWORD:?is not set: see .env.example}"
: "${MBG_MQTT_DEVICE_PASSWORD:?is not set: see .env.example}"
printf 'gateway:%s\n' "$MBG_MQTT_PASSWORD" > "$1"
for device in $MBG_MQTT_DEVICES; do
  printf '%s:%s\n' "$device" "$MBG_MQTT_DEVICE_PASSWORD" >> "$1"
done
mosquitto_passwd -U "$1"
unset MBG_MQTT_PASSWORD MBG_MQTT_DEVICE_PASSWORD
exec mosquitto -c "$2"
