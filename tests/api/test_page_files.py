"""The page as files: small, from no foreign host, with the same words in both languages."""

import re
from importlib.resources import files

import httpx

from api.assets import words_in

WEB = files("api") / "web"
SOURCES = {entry.name: entry.read_text() for entry in WEB.iterdir()}
WORDS = {name: words_in(name) for name in ("id", "en")}
FIRST_LOAD = 80_000  # bytes, gzip


def test_the_page_asks_no_foreign_host(client: httpx.Client) -> None:
    namespaces = {"http://www.w3.org/2000/svg"}
    named = {url for text in SOURCES.values() for url in re.findall(r"https?://[^\s\"'`<>)]+", text)}
    assert named <= namespaces
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy.replace("https:", "")


def test_the_first_load_is_small(client: httpx.Client) -> None:
    paths = [
        "/",
        *(f"/{name}" for name in SOURCES if name != "index.html"),
        "/api/messages/id.json",
        "/api/messages/en.json",
    ]
    load = 0
    for path in paths:
        with client.stream("GET", path) as answer:
            load += sum(len(chunk) for chunk in answer.iter_raw())
            assert answer.headers["content-encoding"] == "gzip"
    assert load <= FIRST_LOAD


def test_a_file_that_the_browser_has_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/app.js").headers["etag"]
    assert client.get("/app.js", headers={"if-none-match": tag}).status_code == 304


def test_every_module_is_fetched_at_once() -> None:
    """A module that is only found inside another costs the tablet a round trip."""
    modules = {name for name in SOURCES if name.endswith(".js")}
    assert set(re.findall(r'(?:href|src)="/(\w+\.js)"', SOURCES["index.html"])) == modules


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    assert WORDS["id"].keys() == WORDS["en"].keys()
    for key, text in WORDS["id"].items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", WORDS["en"][key])), key


def test_every_word_that_the_page_says_is_there_and_no_other() -> None:
    source = "\n".join(text for name, text in SOURCES.items() if name.endswith(".js"))
    said = set(re.findall(r'\bt\("([^"]+)"', source))
    quoted = set(re.findall(r'"([a-z]+\.[a-z_.]+)"', source))
    stems = tuple(re.findall(r"`([a-z_.]+\.)\$\{", source))
    assert said <= WORDS["id"].keys()
    assert {key for key in WORDS["id"].keys() - said - quoted if not key.startswith(stems)} == set()
