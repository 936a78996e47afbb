"""Decode LoRaWAN uplinks of two network servers, and the payload codecs of device makers."""
