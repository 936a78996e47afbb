"""`mbg-gateway broker`: what it makes, once, for whose eyes."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from brokers import need_program
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.broker import main
from gateway.cli.mosquitto import passwords
from gateway.cli.mosquitto.certificates import RENEW_BEFORE
from gateway.cli.mosquitto.folder import RESERVED, BrokerError, BrokerFolder

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SECRETS = {"ca.key", "server.key", "passwords", "access.acl", "gateway.password"}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def run(folder: Path, act: str, *arguments: str) -> int:
    return main([act, *arguments, "--folder", str(folder)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert run(tmp_path / "mbg", "init", "--host", "dapur.local", "--ip", "192.168.1.10") == 0
    return tmp_path / "mbg"


def test_secrets_are_readable_by_their_owner_only(folder):
    run(folder, "add-device", "siren", "--certificate")
    private = {file.name for file in folder.rglob("*") if file.is_file() and file.stat().st_mode & 0o077 == 0}
    assert private == SECRETS | {"siren.key"}


def test_a_second_init_changes_nothing(folder, capsys):
    run(folder, "add-device", "chiller-1")
    before = contents(folder)
    for arguments in ([], ["--host", "dapur.local", "--ip", "192.168.1.10"]):
        capsys.readouterr()
        assert run(folder, "init", *arguments) == 0
        assert "nothing changed" in capsys.readouterr().out
    assert contents(folder) == before


def test_another_name_gives_the_broker_a_new_certificate_by_the_same_authority(folder):
    before = contents(folder)
    assert run(folder, "init", "--host", "dapur-2.local") == 0
    changed = {name for name, content in contents(folder).items() if content != before[name]}
    assert changed == {"server.crt", "server.key"}
    assert BrokerFolder(folder, NOW).names == ["dapur-2.local", "localhost", "127.0.0.1"]


def test_an_init_before_the_certificate_runs_out_renews_it(folder):
    end = BrokerFolder(folder, NOW).good_until
    assert BrokerFolder(folder, end - RENEW_BEFORE - timedelta(days=1)).init([]) == []
    assert BrokerFolder(folder, end - RENEW_BEFORE + timedelta(days=1)).init([]) == ["server.key", "server.crt"]


def test_an_init_that_was_cut_short_is_finished_by_the_next(folder):
    for name in contents(folder):
        if name not in ("mbg.conf", "ca.crt", "ca.key"):
            (folder / name).unlink()
    assert run(folder, "init", "--host", "dapur.local") == 0
    assert {*contents(folder)} == SECRETS | {"mbg.conf", "ca.crt", "server.crt", "revoked.crl"}


def test_an_access_list_that_somebody_has_edited_is_kept(folder):
    (folder / "access.acl").write_text("mine")
    run(folder, "init", "--host", "dapur-2.local")
    assert (folder / "access.acl").read_text() == "mine"


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "ca.key").write_text("somebody else's")
    assert run(tmp_path, "init", "--host", "dapur.local") == 2
    assert "other files" in capsys.readouterr().err
    assert contents(tmp_path) == {"ca.key": b"somebody else's"}


def test_a_password_is_shown_once_and_only_its_hash_is_kept(folder, capsys):
    capsys.readouterr()
    run(folder, "add-device", "chiller-1")
    said = capsys.readouterr().out
    password = next(line.split()[1] for line in said.splitlines() if line.startswith("  password"))
    line = (folder / "passwords").read_text().splitlines()[1]
    assert passwords.fits(line, "chiller-1", password)
    for act in (["list"], ["init"], ["add-device", "chiller-1"], ["remove-device", "chiller-1"]):
        run(folder, *act)
    captured = capsys.readouterr()
    assert password not in captured.out + captured.err
    assert not any(password.encode() in content for content in contents(folder).values())


def test_the_gateways_password_is_never_shown(tmp_path, capsys):
    run(tmp_path / "mbg", "init", "--host", "dapur.local")
    secret = (tmp_path / "mbg" / "gateway.password").read_text().strip()
    assert passwords.fits((tmp_path / "mbg" / "passwords").read_text().strip(), "gateway", secret)
    assert secret not in capsys.readouterr().out


def test_the_list_names_everybody_and_until_when(folder, capsys):
    run(folder, "add-device", "chiller-1")
    run(folder, "add-device", "siren", "--certificate")
    capsys.readouterr()
    assert run(folder, "list") == 0
    broker, *users = capsys.readouterr().out.splitlines()
    assert broker.startswith("broker: dapur.local, 192.168.1.10, localhost, 127.0.0.1; certificate good until 20")
    assert [user.partition(" until")[0] for user in users] == [
        "gateway: password", "chiller-1: password", "siren: certificate",
    ]  # fmt: skip
    run(folder, "remove-device", "siren")
    run(folder, "remove-device", "chiller-1")
    capsys.readouterr()
    run(folder, "list")
    assert capsys.readouterr().out.splitlines()[1:] == ["gateway: password"]


@pytest.mark.parametrize("name", [*RESERVED, "gateway", "", "Chiller", "a/b", "a+", "#", "a:b", "a\nb", "x" * 64])
def test_a_name_that_would_reach_beyond_its_own_topics_is_refused(folder, name):
    before = contents(folder)
    with pytest.raises(BrokerError):
        BrokerFolder(folder, NOW).add(name)
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["init"], "--host"),
        (["add-device", "chiller-1"], "broker init"),
        (["list"], "broker init"),
        (["remove-device", "chiller-1"], "broker init"),
    ],
)
def test_without_files_it_says_what_to_do_first(tmp_path, capsys, arguments, said):
    assert run(tmp_path / "none", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


@given(st.text(min_size=1), st.text(min_size=1), st.binary(min_size=12, max_size=12))
def test_a_password_line_fits_its_own_password_and_no_other(password, other, salt):
    line = passwords.password_line("chiller-1", password, salt)
    assert passwords.fits(line, "chiller-1", password)
    assert passwords.fits(line, "chiller-1", other) == (password == other)
    assert not passwords.fits(line, "chiller-2", password)


@given(st.text())
def test_a_line_that_is_none_fits_nothing(line):
    assert not passwords.fits(line, "chiller-1", "password")


@pytest.mark.system
def test_mosquittos_own_tool_writes_the_same_lines(tmp_path):
    file = tmp_path / "passwords"
    command = [need_program("mosquitto_passwd"), "-H", "sha512-pbkdf2", "-b", "-c", file, "chiller-1", "secret"]
    subprocess.run(command, check=True, capture_output=True)
    assert passwords.fits(file.read_text().strip(), "chiller-1", "secret")
