"""LoRaWAN: two network servers and the payload codecs of the makers."""
