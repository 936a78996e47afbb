"""The API process: the page, REST and the stream, for people; it reads the journal and asks the gateway."""
