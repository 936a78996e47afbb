"""What is sent on from the journal, behind a cursor: what to do is pure, the sending is in files of its own."""
