"""Count stock by weighing: from readings of scales to balances by lot and place.

    reading ──weighing/plateau──► plateau ──weighing/changes──► change ──ledger/movements──► movement ──► on hand

`scales/` applies that to each scale, `sessions/` joins the weights of one session, `commands/` executes what people
enter, `reports/` evaluates the ledger. All of it is pure, except `stores`, which holds the present state in memory.
"""
