"""Everything that is said to a stack in a canary run, and every place it could have got to."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.api.people import HENRIK, PHYSICIANS
from tests.end_to_end.canary_attacks import attack
from tests.end_to_end.canary_forms import FormSchema
from tests.end_to_end.canary_messages import Conversation
from tests.end_to_end.canary_places import (
    Places,
    database_places,
    family,
    folder_places,
    joined,
    metric_places,
    process_places,
    run_command,
    temporal_places,
)
from tests.end_to_end.canary_stack import METRICS, Receivers, Running
from tests.end_to_end.canary_submissions import Submitter
from tests.end_to_end.canary_words import CORE, Canaries

REFUSED_BY_POSTGRESQL = "197504159869"
_QUARANTINED = "SELECT bool_and(state <> 'received') FROM cases"
_HAS_ROW = "SELECT count(*) FROM cases WHERE case_id = $1 AND state <> 'received'"
_BOUNCE = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    f"Final-Recipient: rfc822; {CORE}@region.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    f"Diagnostic-Code: smtp; 550 {CORE} {HENRIK}\r\n\r\n--b--\r\n"
)


@dataclass(frozen=True)
class Said:
    """What was written where, by whom, and what the commands of operations printed."""

    canaries: Canaries
    submitter: Submitter
    conversation: Conversation
    printed: list[bytes] = field(default_factory=list)


async def say_everything(running: Running) -> Said:
    """Speak as every kind of caller through every field, cause failures, and wait until settled."""
    canaries = Canaries()
    said = Said(canaries, Submitter(running.front, canaries), Conversation(running.front, canaries))
    cases = [case async for case in said.submitter.submit_everything()]
    renewal = await _renewal_form(running)
    own = [(await said.submitter.submit(*renewal, citizen=HENRIK))[1] for _ in range(4)]
    await said.conversation.say_everything(*own)
    await _break_things(running, said, cases[0][1], renewal)
    await attack(running.front, running.front.citizen_token(HENRIK), canaries)
    await _ask_codec_server(running, canaries)
    await running.until(_QUARANTINED)
    await _run_commands(running, said, *own[1:3])
    return said


async def _renewal_form(running: Running) -> tuple[FormSchema, object]:
    told = (await running.front.call("GET", "/v1/services/prescription_renewal", {})).json()
    return FormSchema("prescription_renewal", told["form"]), told["examples"][1]


async def _break_things(
    running: Running, said: Said, case_id: str, renewal: tuple[FormSchema, object]
) -> None:
    """Let PostgreSQL refuse a case by quoting it, and send signals that are none."""
    word = said.canaries.text("a malformed signal")
    await running.signal(case_id, "note", {"action_id": word, "text": [word], word: HENRIK})
    await running.signal(case_id, "take", word)
    await running.signal(case_id, "mark_urgent")
    async with running.refusing(REFUSED_BY_POSTGRESQL):
        _, refused = await said.submitter.submit(*renewal, citizen=REFUSED_BY_POSTGRESQL)
        await running.until_logged(b"case_quarantined")
    await running.signal(refused, "record_again")
    await running.until(_HAS_ROW, refused)


async def _ask_codec_server(running: Running, canaries: Canaries) -> None:
    """Ask for payloads with no right to, in wrong bodies and under wrong names."""
    word = canaries.text("the codec server")
    tokens = (running.front.citizen_token(HENRIK), canaries.token("the codec server"))
    for path in ("decode", "access", canaries.token("the codec server")):
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}", "X-Namespace": HENRIK}
            url = f"{running.stack.codec_url}/{path}?reason={HENRIK}"
            for content in (word.encode(), f'{{"payloads": [{{"data": "{word}"}}]}}'.encode()):
                await running.front.call("POST", url, headers, content=content)


async def _run_commands(running: Running, said: Said, case_id: str, late: str) -> None:
    """Run what operations run; *late* is a case that time runs out for."""
    wrong = f'{{"text": ["{CORE}"], "{CORE}": "{HENRIK}"}}'.encode()
    staff = PHYSICIANS[0].hsa_id
    for given, *arguments in (
        (b"", "case", "fast-forward", late, "--days", "4"),
        (b"", "notices", "send"),
        (b"", "notices", "send"),
        (b"", "notices", "list", "--json"),
        (_BOUNCE.encode(), "notices", "bounced"),
        (b"", "case", "list", "--json"),
        (b"", "case", "show", case_id),
        (b"", "case", "stuck"),
        (wrong, "case", "signal", case_id, "note", "--staff", staff),
        (b"", "keys", "status", "--json"),
        (b"", "reconcile"),
    ):
        await running.let_leave()
        program = (sys.executable, "-m", "cli", *arguments)
        done = await run_command(program, running.stack.environment, given)
        said.printed.append(done.output)


async def live_places(
    running: Running, receivers: Receivers, said: Said, pids: Sequence[int], ports: Sequence[int]
) -> Places:
    """Return every place that can be looked at only while the stack runs.

    *pids* and *ports* are looked at beside those of the stack.
    """
    pids = family([*running.pids, *pids])
    ports = [*(int(receivers.variables[name]) for name in METRICS), *ports]
    return {
        **await temporal_places(running.stack.temporal_address),
        **await database_places(running.stack.database_url),
        **await metric_places(ports),
        **process_places(pids),
        "output of commands": joined(said.printed),
        "refusals": joined(running.front.refusals),
    }


def left_places(running: Running, receivers: Receivers) -> Places:
    """Return every place that is left when the processes are gone."""
    found = folder_places(running.settings.data_dir) | receivers.places()
    for gathered, start in (
        ("Temporal's database files", "file temporal.db"),
        ("files in the outbox", "file outbox/"),
    ):
        found[gathered] = joined(found[name] for name in found if name.startswith(start))
    return found
