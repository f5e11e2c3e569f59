"""The page in a real browser (Debian's Chromium, headless): as a parent fills it in, on a narrow phone, without JavaScript."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from form.running import APPEAL, PNG, Form

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
#: What WCAG 2.2 A and AA ask; axe calls the rest good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SNAP = {"name": "снимок экрана.png", "mimeType": "image/png", "buffer": PNG}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api",
        reason="NOT RUN: the page in a browser (pip install playwright, apt-get install chromium)",
    )
    if CHROMIUM is None:
        pytest.skip("NOT RUN: the page in a browser needs Chromium (apt-get install chromium)")
    with playwright.sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def _complains(line: Any) -> bool:
    """The browser calls a page that needs correction (422), and a test's own disconnection, errors too."""
    return line.type == "error" and "422" not in line.text and "ERR_INTERNET_DISCONNECTED" not in line.text


@pytest.fixture
def tab(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page of a fresh profile; what the browser complains of fails the test."""
    contexts = []
    complaints: list[str] = []

    def make(url: str, **options: Any) -> Any:
        context = browser.new_context(locale="ru-RU", **{"viewport": {"width": 360, "height": 740}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if _complains(line) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """axe-core's script, fetched once from npm into the tests' cache."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("axe-core")
    script = folder / "axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("NOT RUN: axe-core on the page (apt-get install npm)")
        packed = subprocess.run([npm, "pack", "axe-core@4"], cwd=folder, capture_output=True, timeout=120)
        found = next(Path(folder).glob("axe-core-*.tgz"), None)
        if packed.returncode != 0 or found is None:
            pytest.skip("NOT RUN: axe-core on the page: npm cannot fetch it")
        with tarfile.open(found) as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member is not None
            script.write_bytes(member.read())
    return script.read_text("utf-8")


def fill(page: Any, **changes: str) -> None:
    values = {**APPEAL, **changes}
    page.fill("#name", values["name"])
    page.check(f"#role-{values['role']}")
    if values["role"] != "teacher":
        page.fill(f"#class_{values['role']}", values["class"])
    page.check(f"[name=category][value={values['category']}]")
    page.fill("#text", values["text"])
    page.fill("#phone", values["phone"])
    page.fill("#email", values["email"])
    page.set_checked("#consent", bool(values["consent"]))


def number_of(page: Any) -> str:
    return str(page.inner_text("[data-number]"))


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_parent_is_corrected_attaches_a_picture_and_gets_a_number(
    form: Form, tab: Callable[..., Any], script: bool
) -> None:
    page = tab(form.url, java_script_enabled=script)
    fill(page, phone="12", email="")
    page.set_input_files("#files", [SNAP])
    page.click("button")
    page.wait_for_selector("#phone-error")
    assert page.title().startswith("Ошибка:")
    assert page.input_value("#name") == APPEAL["name"]
    assert page.input_value("#text") == APPEAL["text"]
    assert page.is_checked("#role-parent") and page.is_checked("#consent")
    assert "снимок экрана.png" in page.inner_text(".held")
    page.fill("#phone", APPEAL["phone"])
    page.click("button")
    page.wait_for_selector("[data-number]")
    (appeal,) = form.desk().appeals()
    assert appeal["id"].startswith(number_of(page))
    assert [file["name"] for file in appeal["attachments"]] == ["снимок экрана.png"]
    assert appeal["fields"]["class"] == "7Б"


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_the_first_error_has_the_focus_and_is_tied_to_its_field(
    form: Form, tab: Callable[..., Any], script: bool
) -> None:
    page = tab(form.url, java_script_enabled=script)
    fill(page, text="", consent="")
    page.click("button")
    page.wait_for_selector("#text-error")
    focused = page.locator("*:focus")
    assert focused.get_attribute("id") == "text"
    assert focused.get_attribute("aria-invalid") == "true"
    told = [page.inner_text(f"#{one}") for one in focused.get_attribute("aria-describedby").split()]
    assert told[0] == "Опишите, что случилось"
    page.click("#summary a >> nth=1")
    assert page.locator("*:focus").get_attribute("id") == "consent"


def test_the_whole_form_is_filled_in_and_sent_by_keyboard(form: Form, tab: Callable[..., Any]) -> None:
    page = tab(form.url)
    page.keyboard.press("Tab")  # the hotline's number
    for keys in (APPEAL["name"], None, "7Б", None, "Не работает", APPEAL["phone"], APPEAL["email"]):
        page.keyboard.press("Tab")
        if keys is None:
            page.keyboard.press("ArrowUp")  # the last of the radio buttons: a parent; another question
        else:
            page.keyboard.type(keys)
    page.keyboard.press("Tab")  # files
    page.keyboard.press("Tab")
    assert page.locator("*:focus").get_attribute("id") == "consent"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # the conditions
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-number]")
    fields = form.desk().appeals()[0]["fields"]
    assert (fields["name"], fields["role"], fields["class"], fields["category"]) == (
        APPEAL["name"],
        "parent",
        "7Б",
        "other",
    )


def test_the_class_is_asked_of_pupils_and_parents_only(form: Form, tab: Callable[..., Any]) -> None:
    page = tab(form.url, java_script_enabled=False)
    seen = {}
    for role in ("student", "teacher", "parent"):
        page.check(f"#role-{role}")
        seen[role] = (page.is_visible("#class_student"), page.is_visible("#class_parent"))
    assert seen == {"student": (True, False), "teacher": (False, False), "parent": (False, True)}


@pytest.mark.parametrize("width", [320, 360, 800])
def test_nothing_sticks_out_at_any_width_and_fingers_find_their_targets(
    form: Form, tab: Callable[..., Any], width: int
) -> None:
    page = tab(form.url, viewport={"width": width, "height": 700})
    page.check("#role-student")
    page.click("button")
    page.wait_for_selector("#name-error")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    targets = ".choice, button, textarea, input[type=text], input[type=tel], input[type=email], input[type=file]"
    seen = f"Array.from(document.querySelectorAll('{targets}')).filter(e => e.offsetParent && !e.closest('.trap'))"
    small = page.evaluate(
        seen + ".map(e => [e.id, e.getBoundingClientRect().height]).filter(([, height]) => height < 40)"
    )
    assert small == []
    fill(page)
    page.click("button")
    page.wait_for_selector("[data-number]")
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 800])
def test_axe_finds_nothing_serious_on_the_form_its_errors_and_the_number(
    form: Form, tab: Callable[..., Any], axe: str, scheme: str, width: int
) -> None:
    page = tab(form.url, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    page.add_script_tag(content=axe)
    _judge(page, "the empty form")
    page.check("#role-parent")
    page.set_input_files("#files", [SNAP])
    page.click("button")
    page.wait_for_selector("#name-error")
    _judge(page, "the errors")
    fill(page)
    page.click("button")
    page.wait_for_selector("[data-number]")
    _judge(page, "the number")


def _judge(page: Any, where: str) -> None:
    result = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    found = [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in result["violations"]]
    assert result["passes"], "axe looked at nothing"
    assert [one for one in found if one[1] in ("serious", "critical", "moderate")] == [], where


def test_a_lost_connection_costs_nothing_that_was_typed_or_chosen(form: Form, tab: Callable[..., Any]) -> None:
    page = tab(form.url)
    fill(page)
    page.set_input_files("#files", [SNAP])
    page.route("**/*", lambda route: route.abort("internetdisconnected"))
    with page.expect_event("requestfailed"):
        page.click("button")
    page.wait_for_selector("#summary p")
    assert "Нет связи" in page.inner_text("#summary")
    assert page.evaluate("document.activeElement.id") == "summary"
    assert page.input_value("#text") == APPEAL["text"]
    page.unroute("**/*")
    page.click("button")
    page.wait_for_selector("[data-number]")
    assert len(form.desk().appeals()[0]["attachments"]) == 1


def test_too_large_a_file_is_told_before_it_is_sent(form: Form, tab: Callable[..., Any], tmp_path: Path) -> None:
    big = tmp_path / "кино.mp4"
    with big.open("wb") as file:
        file.truncate(10_000_001)
    page = tab(form.url)
    fill(page)
    page.set_input_files("#files", str(big))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.click("button")
    page.wait_for_selector("#summary p")
    assert "«кино.mp4» больше 10 МБ" in page.inner_text("#summary")
    assert sent == []


def test_no_foreign_address_is_asked_and_no_cookie_kept(form: Form, tab: Callable[..., Any]) -> None:
    page = tab("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(form.url)
    fill(page)
    page.click("button")
    page.wait_for_selector("[data-number]")
    assert asked and all(url.startswith((form.url, "data:")) for url in asked), asked
    assert page.context.cookies() == []


SNIPPET = '<iframe src="{url}" title="Поддержка обучения в дистанционный период" style="width:100%;height:85vh;border:0"></iframe>'


@pytest.fixture
def site(form_of_site: Callable[[str], Form]) -> Iterator[tuple[str, Form]]:
    """A school's site that shows the form in an iframe."""
    page = {"html": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page["html"].encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    url = f"http://localhost:{server.server_address[1]}"
    form = form_of_site(url)
    page["html"] = f'<!doctype html><link rel="icon" href="data:,"><h1>Школа</h1>{SNIPPET.format(url=form.url)}'
    yield url, form
    server.shutdown()
    server.server_close()


@pytest.fixture
def form_of_site(start_form: Callable[..., Form]) -> Callable[[str], Form]:
    return lambda url: start_form(frame_ancestors=(url,))


def test_the_form_works_within_the_schools_own_page(site: tuple[str, Form], tab: Callable[..., Any]) -> None:
    url, form = site
    frame = tab(url).frame_locator("iframe")
    frame.locator("#name").fill(APPEAL["name"])
    frame.locator("#role-teacher").check()
    frame.locator("[value=journal]").check()
    frame.locator("#text").fill("Не выставляются отметки")
    frame.locator("#email").fill(APPEAL["email"])
    frame.locator("#consent").check()
    frame.locator("button").click()
    number = frame.locator("[data-number]").inner_text()
    assert form.desk().appeals()[0]["id"].startswith(number)


def test_another_site_cannot_frame_the_form(browser: Any, site: tuple[str, Form]) -> None:
    url, _ = site
    context = browser.new_context()
    page = context.new_page()
    page.goto(url.replace("localhost", "127.0.0.1"))
    assert page.frame_locator("iframe").locator("#name").count() == 0
    context.close()


def test_the_english_page_passes_axe_too(start_form: Callable[..., Form], tab: Callable[..., Any], axe: str) -> None:
    page = tab(start_form(language="en").url, bypass_csp=True)
    page.add_script_tag(content=axe)
    _judge(page, json.dumps("the English form"))
