"""What a code, an id or a container means: kitchen.yaml goes first, then what people added and assigned."""

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.config import StockItem, parse
from gateway.stock.catalogue import Catalogue
from gateway.stock.weighing.containers import Container

PLAN = """
kitchen: {id: k1, name: Dapur, people: [{id: siti, name: Siti}]}
mqtt: {}
devices: [{id: c1, driver: senml-json}]
points: [{id: c1-air, name: Chiller, device: c1, channel: temperature, quantity: temperature, interval: 1m}]
stock:
  stores: [{id: dry, name: Gudang}]
  items:
    - {id: rice, name: {id: Beras, en: Rice}, store: dry, barcodes: ["08991234567891"]}
    - {id: oil, name: Minyak, unit: L, density: 0.92}
  containers: [{id: crate, name: Krat, tare: 1.85}]
"""
OF_RICE, STRANGE = "08991234567891", "00012345678905"


def item(name: str, **settings: object) -> StockItem:
    return StockItem.model_validate({"id": name, "name": {"id": name, "en": name}} | settings)


@pytest.fixture
def catalogue() -> Catalogue:
    crate = Container(id="crate", name={"id": "Krat", "en": "Crate"}, tare=Decimal("1.90"), weighed_at=1)
    return Catalogue(parse(PLAN, Path("kitchen.yaml")), [item("rice", unit="g"), item("tofu")], [crate])


def codes(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    return catalogue.items[name].barcodes


def test_an_item_of_kitchen_yaml_goes_before_one_of_the_same_id_that_was_added(catalogue: Catalogue) -> None:
    assert catalogue.items["rice"].unit == "kg"
    assert set(catalogue.items) == {"rice", "oil", "tofu"}
    assert catalogue.planned == {"rice", "oil"}


def test_a_container_that_was_weighed_goes_before_its_tare_in_kitchen_yaml(catalogue: Catalogue) -> None:
    assert catalogue.containers["crate"].tare == Decimal("1.90")


def test_an_item_lies_in_its_store_and_one_without_or_unknown_in_the_unnamed_one(catalogue: Catalogue) -> None:
    assert [catalogue.store_of(name) for name in ("rice", "oil", "gone")] == ["stores:dry", "stores", "stores"]


def test_litres_of_an_unknown_item_are_not_guessed(catalogue: Catalogue) -> None:
    assert catalogue.measure("oil").kilograms(Decimal(10), "L") == Decimal("9.200")
    assert catalogue.measure("gone").density is None
    assert catalogue.name_of("gone") == {"id": "gone", "en": "gone"}


def test_a_code_of_kitchen_yaml_is_found_and_cannot_be_given_to_another_item(catalogue: Catalogue) -> None:
    found = catalogue.by_barcode(OF_RICE)
    assert found is not None
    assert found.id == "rice"
    owner = catalogue.learn(OF_RICE, "tofu")
    assert owner is not None
    assert owner.id == "rice"
    assert codes(catalogue, "tofu") == ()
    assert catalogue.learned == {}


def test_a_code_that_is_assigned_means_its_item_until_it_is_assigned_to_another(catalogue: Catalogue) -> None:
    assert catalogue.by_barcode(STRANGE) is None
    assert catalogue.learn(STRANGE, "tofu") is None
    assert catalogue.learn(STRANGE, "tofu") is None, "said twice it is the same"
    assert codes(catalogue, "tofu") == (STRANGE,)
    assert catalogue.learn(STRANGE, "oil") is None
    assert (codes(catalogue, "tofu"), codes(catalogue, "oil")) == ((), (STRANGE,))
    assert catalogue.learned == {STRANGE: "oil"}


def test_an_item_that_comes_with_a_new_list_keeps_the_codes_that_people_assigned_to_it(catalogue: Catalogue) -> None:
    catalogue.learn(STRANGE, "tofu")
    catalogue.add(item("tofu", piece=0.1, unit="pcs"))
    assert catalogue.items["tofu"].unit == "pcs"
    assert codes(catalogue, "tofu") == (STRANGE,)
    catalogue.add(item("onion"))
    assert codes(catalogue, "onion") == ()


def test_a_short_code_of_kitchen_yaml_is_the_same_with_zeros_before_it() -> None:
    plan = PLAN.replace(OF_RICE, "00000096385074")
    found = Catalogue(parse(plan, Path("kitchen.yaml"))).by_barcode("00000096385074")
    assert found is not None
    assert found.id == "rice"
