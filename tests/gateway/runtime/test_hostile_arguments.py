"""Whatever is sent as a command, the gateway obeys it or refuses it in a sentence, and goes on; the books add up."""

import json
import re
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
from desk import iso
from gateway_rig import NOW, GatewayRig
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.runtime.commands import COMMANDS
from gateway.server.requests import Command
from gateway.stock.commands.sessions import session_id

PLAN = """
kitchen: {id: k1, name: Dapur, altitude: 768, people: [{id: siti, name: Siti}]}
mqtt: {}
clock: {source: person}
devices:
  - {id: c1, driver: senml-json}
  - {id: s1, driver: csv-st, port: /dev/bin}
  - {id: s2, driver: csv-st, port: /dev/bench}
points:
  - {id: pot, name: Panci, device: c1, channel: pot, quantity: temperature, interval: 30s, measures: food}
  - {id: bin, name: Bin, device: s1, channel: weight, quantity: weight, interval: 10s}
  - {id: bench, name: Bench, device: s2, channel: weight, quantity: weight, interval: 10s}
control_points: [{id: hot, kind: hot_holding, point: pot, critical_limit: 60}]
stock:
  items:
    - {id: rice, name: Rice, store: dry, storage: dry}
    - {id: fish, name: Fish, storage: fish, barcodes: ["08991234567891"]}
    - {id: oil, name: Oil, unit: L, density: 0.92}
  scales: [{point: bin, item: rice}, {point: bench}]
  stores: [{id: dry, name: Gudang}]
  containers: [{id: crate, name: Krat, tare: 1.85}]
  recipes: [{id: soup, name: Soup, ingredients: {rice: 100, fish: 60}}]
  schools: [{id: sdn-2, name: SDN 2}]
"""
SENTENCE = re.compile(r"[^\n]{10,900}")
SESSIONS = [session_id(f"k-{number}") for number in range(4)]
PLAUSIBLE: dict[str, list[Any]] = {
    "who": ["siti"],
    "alarm": ["nothing"],
    "batch": ["20261124-01", "20261124-02"],
    "point": ["pot", "bench"],
    "temperature_point": ["pot"],
    "item": ["rice", "fish", "oil"],
    "code": ["08991234567891", "(01)08991234567891(17)261231(10)A-42", "8992234567898"],
    "scale": ["bin", "bench"],
    "session": SESSIONS,
    "movement": [f"{session}:1" for session in SESSIONS],
    "container": ["crate"],
    "store": ["dry", "kitchen"],
    "from": ["dry", "stores", "kitchen"],
    "to": ["kitchen", "receiving", "batch:20261124-01"],
    "recipe": ["soup"],
    "school": ["sdn-2"],
    "quantity": ["5", 0, 2.5, "1e5", "999999999.999999", "sNaN", "five"],
    "gross": ["12.50", 1, "Infinity", "-"],
    "tare": ["0.5", 0],
    "unit": ["kg", "L", "pcs"],
    "expires_on": ["2026-12-01", "2020-01-01", "0001-01-01", "9999-12-31"],
    "at": [iso(NOW - 60_000_000), "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-23:59"],
    "since": [iso(NOW - 60_000_000), "0001-01-01T00:00:00+23:59"],
    "time": ["2026-11-24T03:12", "0001-01-01T00:00", "9999-12-31T23:59:59-12:00"],
    "purpose": ["receive", "issue", "waste", "count"],
    "event": ["moved", "departed", "cooking_ended", "eaten"],
    "kind": ["cook", "cooling"],
    "controls": [["cooking"], ["exposure", "exposure"]],
    "food": ["poultry", "plant"],
    "portions": [0, 1, 100_000],
    "value": [71.5, -60, 300],
    "temperature": [3, 71.5],
    "ice": [[0.0, 0.1, 0.0], [5.0], [300.0]],
    "boiling": [[97.5, 97.4, 97.5], [-60]],
    "bath": ["ice", "boiling"],
    "step": ["core"],
    "decision": ["accepted", "rejected"],
    "csv": ["id,name_id\nsalt,Garam\n", "id;name_id;unit\nx;X;L\n", "\ufeffid,name_id\n"],
    "device": ["s1"],
    "id": ["box", "-"],
}
nothing = st.none() | st.booleans()
numbers = st.integers() | st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(max_size=20) | st.sampled_from(
    ["\x00", "\u202e", "NaN", "-1", "1,5", "' OR 1=1 --", "x" * 9_000, "٣", "𝟓"]
)
junk = st.recursive(
    nothing | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


WANTED = {"item", "quantity"}
"""Without these a command about stock is refused before it looks at anything else."""


@st.composite
def commands(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A command with what it needs and a few more arguments, of which at most one is hostile: so that it gets far."""
    name = draw(st.sampled_from(sorted(COMMANDS)))
    fields = {field.encode_name: field.required for field in msgspec.structs.fields(COMMANDS[name].asked)}
    more = draw(st.lists(st.sampled_from(sorted(fields)), max_size=2))
    given = [field for field, required in fields.items() if required or field in WANTED or field in more]
    args: dict[str, Any] = {field: draw(st.sampled_from(PLAUSIBLE.get(field, ["a", True]))) for field in given}
    if draw(st.booleans()):
        args[draw(st.sampled_from(sorted(fields)) | st.text(max_size=10))] = draw(junk)
    return name, args


@settings(max_examples=60)
@given(st.lists(commands(), min_size=1, max_size=8))
def test_any_arguments_are_obeyed_or_refused_in_a_sentence(given: list[tuple[str, dict[str, Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rig = GatewayRig(Path(folder), PLAN)
        for number, (name, args) in enumerate(given):
            # As the socket reads a line that any program wrote.
            rig.arrivals.put(Command(7, f"k-{number % 4}", name, msgspec.json.decode(json.dumps(args))))
            rig.turn(1.0)
        replies = rig.clients.replies[7]
        assert len(replies) == len(given)
        for reply in replies:
            assert reply["ok"] or (re.fullmatch("[a-z_]+", reply["error"]) and SENTENCE.fullmatch(reply["message"])), (
                reply
            )
        rig.run(2)
        journal, stores = rig.gateway.journal, rig.gateway.kitchen.stores
        assert journal.lost_since is None, journal.lost_text
        sums: dict[tuple[str, str], Decimal] = {}
        for account, holding in stores.books.holdings.items():
            sums[account.item, account.lot] = sums.get((account.item, account.lot), Decimal(0)) + holding.quantity
        assert set(sums.values()) <= {Decimal(0)}
        rig.restart()
        journal.close()


def test_every_command_is_sent_such_arguments() -> None:
    named = {field.encode_name for each in COMMANDS.values() for field in msgspec.structs.fields(each.asked)}
    free = {
        "note",
        "again",
        "anew",
        "by_hand",
        "zero",
        "name",
        "number",
        "supplier",
        "delivery_note",
        "photo",
        "reason",
    }
    free |= {"product", "instrument", "lot", "explain", "hash", "uncertainty", "expected", "tolerance"}
    assert named == PLAUSIBLE.keys() | free
