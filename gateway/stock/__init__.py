"""From what a scale shows to what is in the store. Pure: no I/O, and time comes from the weighings.

    weighing ──plateau.py──► plateau ──changes.py──► change ──movements.py──► movement ──ledger.py──► on hand

`bin_scale.py` runs the first three for a scale on which an item stays.
"""
