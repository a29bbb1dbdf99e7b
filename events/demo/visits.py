"""What people do here: the way in, then the work."""

from __future__ import annotations

from random import Random

from events.demo import pages, people
from events.demo.pages import Fault
from events.demo.people import Visit
from events.demo.tape import Tape
from events.demo.wire import Timed


def play(seed: int, visit: Visit, start: int) -> list[Timed]:
    """The events of one visit, in order. `start` in milliseconds since 1970."""
    person = visit.person
    rng = people.stream(seed, 2, person.index, visit.number)
    name = people.ident(seed, "visit", person.index, visit.number)
    signed_up = person.depth >= people.SIGNED_UP and not visit.steps
    continues = bool(visit.steps) and visit.steps.start > people.SIGNED_UP
    second = person.second is not None and signed_up and rng.random() < 0.35
    device = person.second if second and person.second else person.device
    user = person.user_id if (signed_up or continues) and not second else None
    tape = Tape(rng, person, name, start, device, user)
    release = pages.release_on(visit.day)
    if visit.steps:
        _onboard(tape, visit, release)
    elif signed_up:
        _return(tape, release, visit.day, first_here=second)
    else:
        _read(tape)
    tape.leave()
    return tape.events


def start_of(seed: int, visit: Visit, midnight: int, hours: tuple[int, ...]) -> int:
    """When on its day a visit begins, by the weights of the hours."""
    rng: Random = people.stream(seed, 3, visit.person.index, visit.number)
    hour = rng.choices(range(24), hours)[0]
    return midnight + hour * 3_600_000 + rng.randrange(3_600_000)


# --- the way in -------------------------------------------------------------------------------------


def _onboard(tape: Tape, visit: Visit, release: str) -> None:
    """Take the visit's steps of the funnel."""
    if visit.steps.start > people.SIGNED_UP:
        tape.page(pages.DASHBOARD)
    for step in visit.steps:
        tape.wait(3, 30)
        STEPS[step](tape, release)


def _land(tape: Tape, release: str) -> None:
    referrer, utm, _ = pages.SOURCES[tape.person.source]
    if tape.rng.random() < 0.2:
        tape.page(tape.rng.choice(pages.BLOG), referrer, **utm)
        tape.wait(20, 200)
        tape.page(pages.LANDING)
    else:
        tape.page(pages.LANDING, referrer, **utm)
    tape.wait(4, 60)
    if tape.rng.random() < 0.3:
        tape.click("video", "product-tour")


def _see_prices(tape: Tape, release: str) -> None:
    tape.page(pages.PRICING)
    tape.wait(8, 70)
    if tape.rng.random() < 0.35:
        tape.click("tab", f"plan-{tape.person.plan}")


def _start_sign_up(tape: Tape, release: str) -> None:
    tape.page(pages.SIGNUP)
    tape.track("signup_started", "funnel", plan=tape.person.plan)
    tape.wait(1, 6)
    tape.track("form_start", "form", form="signup")
    tape.wait(15, 120)
    if tape.person.depth == people.STARTED:
        tape.track("form_abandon", "form", form="signup", field=tape.rng.choice(("institution", "password")), ms=41_000)
    elif tape.rng.random() < 0.15:
        tape.track("form_submit", "form", form="signup", success=False, errors=["institution is not known"], ms=38_200)
        _fail(tape, pages.FAULTS["signup"], release)


def _sign_up(tape: Tape, release: str) -> None:
    tape.wait(2, 20)
    tape.track("form_submit", "form", form="signup", success=True, ms=tape.rng.randint(18_000, 140_000))
    tape.sign_in(tape.person.user_id)
    _identify(tape)
    tape.track("signup_completed", "funnel", plan=tape.person.plan, role=tape.person.role)
    tape.wait(1, 3)
    tape.page(pages.DASHBOARD)


def _create_project(tape: Tape, release: str) -> None:
    tape.page(pages.PROJECTS)
    tape.wait(3, 20)
    tape.click("button", "create-project")
    tape.track("form_start", "form", form="project")
    tape.wait(10, 60)
    tape.track("form_submit", "form", form="project", success=True, ms=tape.rng.randint(9_000, 61_000))
    tape.track("project_created", "funnel", project_id=_project(tape), template=tape.rng.choice(("blank", "review")))


def _search_first(tape: Tape, release: str) -> None:
    tape.page(pages.LITERATURE)
    tape.wait(5, 40)
    tape.track("first_search", "funnel", project_id=_project(tape))
    _search(tape)


STEPS = (_land, _see_prices, _start_sign_up, _sign_up, _create_project, _search_first)


# --- the work ---------------------------------------------------------------------------------------


def _return(tape: Tape, release: str, day: int, first_here: bool) -> None:
    if first_here:  # their phone: somebody unknown until they sign in
        tape.page(pages.LOGIN, "")
        tape.wait(5, 25)
        tape.sign_in(tape.person.user_id)
        _identify(tape)
        tape.track("login", "account", method="password")
    tape.page(pages.DASHBOARD, "" if not first_here else None)
    if day in pages.BAD_RELEASE_DAYS and tape.rng.random() < 0.45:
        _fail(tape, pages.SPIKE, release)
    for _ in range(1 + min(3, int(tape.rng.expovariate(1.1)))):
        tape.wait(5, 60)
        tape.rng.choices(WORK, WORK_WEIGHTS)[0](tape, release, day)


def _search_literature(tape: Tape, release: str, day: int) -> None:
    tape.page(pages.LITERATURE)
    if tape.rng.random() < 0.03:
        _fail(tape, pages.FAULTS["literature"], release)
    for _ in range(tape.rng.randint(1, 2)):
        tape.wait(4, 40)
        _search(tape)


def _search(tape: Tape) -> None:
    found = int(tape.rng.lognormvariate(4, 1.2))
    tape.track("literature_search", "feature", query=tape.rng.choice(pages.QUERIES), results=found,
               ms=int(tape.rng.lognormvariate(6, 0.5)))  # fmt: skip
    if found and tape.rng.random() < 0.5:
        tape.wait(5, 90)
        tape.track("paper_saved", "feature", project_id=_project(tape), position=tape.rng.randint(1, 20))


def _open_dataset(tape: Tape, release: str, day: int) -> None:
    tape.page(pages.DATASETS)
    tape.wait(2, 20)
    if day in pages.BAD_RELEASE_DAYS and tape.rng.random() < 0.7:
        _fail(tape, pages.SPIKE, release)
        return
    if tape.rng.random() < 0.02:
        _fail(tape, pages.FAULTS["datasets"], release)
    tape.track("dataset_opened", "feature", kind=tape.rng.choice(pages.DATASET_KINDS),
               rows=int(tape.rng.lognormvariate(9, 2)))  # fmt: skip
    if tape.rng.random() < 0.35:
        tape.wait(20, 200)
        fmt = tape.rng.choices(pages.FORMATS, pages.FORMAT_WEIGHTS)[0]
        tape.track("export_created", "feature", format=fmt, size_mb=round(tape.rng.lognormvariate(2, 1.3), 1))


def _run_notebook(tape: Tape, release: str, day: int) -> None:
    tape.page(pages.NOTEBOOKS)
    for _ in range(tape.rng.randint(1, 3)):
        tape.wait(20, 240)
        tape.track("notebook_run", "feature", kernel=tape.rng.choice(("python", "python", "r")),
                   cells=tape.rng.randint(1, 40), ms=int(tape.rng.lognormvariate(8, 1)))  # fmt: skip
    if tape.rng.random() < 0.025:
        _fail(tape, pages.FAULTS["notebooks"], release)


def _look_at_project(tape: Tape, release: str, day: int) -> None:
    tape.page(pages.PROJECT)
    if tape.rng.random() < 0.008:
        _fail(tape, pages.FAULTS["projects"], release)
    tape.wait(10, 90)
    if tape.rng.random() < 0.3:
        tape.track(
            "project_shared", "feature", project_id=_project(tape), with_role=tape.rng.choice(("viewer", "editor"))
        )


def _invite(tape: Tape, release: str, day: int) -> None:
    tape.page(pages.SETTINGS)
    tape.wait(5, 30)
    tape.track("form_start", "form", form="invite")
    tape.wait(10, 40)
    if tape.rng.random() < 0.7:
        tape.track("form_submit", "form", form="invite", success=True, ms=tape.rng.randint(6_000, 40_000))
        tape.track("member_invited", "feature", role=tape.rng.choice(("viewer", "editor")))
    else:
        tape.track("form_abandon", "form", form="invite", field="email", ms=tape.rng.randint(5_000, 30_000))


WORK = (_search_literature, _open_dataset, _run_notebook, _look_at_project, _invite)
WORK_WEIGHTS = (34, 26, 20, 16, 4)


def _read(tape: Tape) -> None:
    """A second look without signing up."""
    tape.page(tape.rng.choice(pages.BLOG), "https://www.google.com/")
    tape.wait(20, 240)


def _fail(tape: Tape, fault: Fault, release: str) -> None:
    tape.track("error", "error", type=fault.type, message=fault.message, stack=fault.stack(release),
               handled=fault.handled, release=release)  # fmt: skip


def _identify(tape: Tape) -> None:
    person = tape.person
    tape.track("$identify", **{"$set": {
        "name": person.name, "email": person.email, "plan": person.plan,
        "role": person.role, "country": person.place.country,
        "institution": person.institution, "timezone": person.place.timezone,
    }})  # fmt: skip


def _project(tape: Tape) -> str:
    return f"p-{tape.person.ident[:10]}"
