"""The kinds of control: what a standard can limit, how the rule that judges it is built, and what a verdict measures.

One file a kind (eat_by.py is the shortest), the record of it at the file's end, all records in one table (kinds.py).
"""
