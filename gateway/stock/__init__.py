"""Stock from weight: from what a scale shows to what is in the store.

    reading ──weighing/plateau──► plateau ──weighing/changes──► change ──ledger/movements──► movement ──► on hand

`scales/` runs that for a scale in the kitchen, `sessions/` joins weights that belong together, `commands/` is what
people enter, `reports/` what the ledger tells. Pure but for `stores`, which holds it all in memory.
"""
