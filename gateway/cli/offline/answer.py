"""Answer `judge`: one JSON object in, the verdicts of one or several profiles out."""

from difflib import get_close_matches
from typing import Any

from gateway.cli.offline import written
from gateway.cli.offline.case import Case, read_case, trace_hash
from gateway.cli.offline.conflicts import conflicts
from gateway.cli.offline.dew import as_spread
from gateway.cli.offline.written import Json
from gateway.haccp.limits.fields import Fields, InputError, shown
from gateway.haccp.limits.holding import DEW_POINT
from gateway.haccp.limits.kind import Built, Frame
from gateway.haccp.limits.kinds import KINDS, build
from gateway.haccp.limits.profile_hash import profile_hash
from gateway.haccp.profiles.load import DEFAULT, IDS, load
from gateway.haccp.profiles.model import Profile
from gateway.haccp.rules.breaches import AlarmSpan
from gateway.haccp.rules.dew_spread import not_seen
from gateway.haccp.rules.guard import judged_each
from gateway.haccp.rules.holding_control import HoldingControl
from gateway.haccp.rules.retained_sample import RetainedSample
from gateway.haccp.rules.rule import Rule, folded, judged
from gateway.haccp.rules.trace import Event
from gateway.haccp.rules.verdict import Verdict

NOT_APPROVED = "default profile, not approved"

_KEYS = frozenset(
    {"profile", "control", "trace", "traces", "marks", "interval_s", "max_gap_s"}
    | {"uncertainty", "now", "ambient", "zone", "correction", "humidity"}
)


def answer(fields: Fields) -> Json:
    """Judge one input.

    Raises:
        InputError: it cannot be used; the message has the place.
    """
    kind = _control(fields).word("kind", KINDS)
    profiles = _profiles(fields)
    case = read_case(fields, kind)
    if kind == DEW_POINT.name:
        case = as_spread(case, fields)
    unused = _unused(fields)
    verdicts: list[Json] = []
    alarms: list[Json] = []
    for profile in profiles:
        control = _control(fields)
        built = build(control, kind, profile, Frame(case.max_gap, case.room))
        verdicts.append(_verdict(case, control, profile, built, [*case.notes, *unused]))
        alarms += [written.alarm(alarm, case.form, profile.id) for alarm in _alarms(built, case)]
    return {"verdicts": verdicts, "alarms": alarms, "conflicts": conflicts(kind, verdicts)}


def _control(fields: Fields) -> Fields:
    """Read the control; anew for each profile, which reads keys of its own."""
    return Fields(fields.required("control"), folder=fields.folder, place=fields.at("control"))


def _profiles(fields: Fields) -> list[Profile]:
    named = fields.get("profile")
    if named is None:
        return [load(DEFAULT)]
    ids = named if isinstance(named, list) else [named]
    if not ids:
        raise InputError(fields.at("profile"), "is empty")
    for index, profile_id in enumerate(ids):
        if not isinstance(profile_id, str) or profile_id not in IDS:
            place = f"{fields.at('profile')}[{index}]" if isinstance(named, list) else fields.at("profile")
            raise InputError(place, f"{shown(profile_id)} is none of {', '.join(IDS)}")
    return [load(profile_id) for profile_id in dict.fromkeys(ids)]


def _unused(fields: Fields) -> list[str]:
    """Report keys that were not read; refuse one that is nearly a known key, for the slip would change the verdict."""
    unused = [key for key in fields.unused() if key not in _KEYS]
    for key in unused:
        near = get_close_matches(key, _KEYS, 1, 0.8)
        if near:
            raise InputError(fields.at(key), f"is unknown; is {near[0]} meant?")
    return [f"{shown(key)} was not used" for key in unused]


def _verdict(case: Case, control: Fields, profile: Profile, built: Built, notes: list[str]) -> Json:
    reasons = [*built.reasons, *notes, *([NOT_APPROVED] if profile.proposal else [])]
    about: Json = {
        "profile": profile.id,
        "profile_hash": profile_hash(profile.id),
        "control": {"kind": case.kind, **_named(control), **built.shown},
        "overrides": built.overrides,
    }
    verdict = {**about, **_judged(case, built, reasons, corrected=True)}
    as_read = None
    if case.correction is not None:
        as_read = {**about, **_judged(case, built, reasons, corrected=False), "supersedes": None}
    return {**verdict, "supersedes": as_read}


def _judged(case: Case, built: Built, reasons: list[str], *, corrected: bool) -> Json:
    events = case.events(corrected=corrected)
    outcome: Json = {"verdict": None, "action": None, "measures": {}, "decided_at": None, "reasons": []}
    if built.rule is not None:
        outcome = written.verdict(_by(built.rule, events, case), case.form)
    if not built.judges:
        outcome |= {"verdict": None, "decided_at": None}
    measures, names = outcome["measures"], KINDS[case.kind].measures_of(built.rule)
    measures = measures if isinstance(measures, dict) else {}
    outcome["measures"] = {name: None for name in names if name not in measures} | measures
    outcome["reasons"] = [*_texts(outcome["reasons"]), *reasons]
    return {**outcome, "trace_hash": trace_hash(events)}


def _by(rule: Rule[Any], events: list[Event], case: Case) -> Verdict:
    if case.uncertainties:
        verdict = judged_each(rule, events, case.max_gap, now=case.now, uncertainties=case.uncertainties)
    else:
        verdict = judged(rule, events, case.max_gap, now=case.now, uncertainty=case.uncertainty)
    return not_seen(verdict, case.unseen) if case.unseen else verdict


def _named(control: Fields) -> Json:
    return {key: control.get(key) for key in ("food", "variant") if control.get(key) is not None}


def _texts(reasons: object) -> list[str]:
    return [str(reason) for reason in reasons] if isinstance(reasons, list) else []


def _alarms(built: Built, case: Case) -> list[AlarmSpan]:
    """Return the alarms of a holding rule; uncertainty moves none of them."""
    match built.rule:
        case HoldingControl() as rule:
            return rule.alarms(folded(rule, case.events(corrected=True), case.max_gap))
        case RetainedSample() as rule:
            return rule.fridge.alarms(folded(rule, case.events(corrected=True), case.max_gap).fridge)
    return []
