"""The serial link: ports opened, read, written and reopened; and the search for what is connected to one."""
