"""The look: colours that everybody tells apart, a scale of type, icons beside words."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from fontTools.ttLib import TTFont
from whitenoise.middleware import WhiteNoiseMiddleware

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static" / "css"
TEMPLATES = ROOT / "templates"
THEMES = ("light", "dark")
TEXTS = ("ink", "ink-2", "accent", "red", "amber", "green")
GROUNDS = ("ground", "paper", "paper-2")
# Text of a state on the ground of that state.
TINTED = (("red", "red-ground"), ("amber", "amber-ground"), ("green", "green-ground"))
MARKS = ("mark-met", "mark-missed", "mark-near", "mark-open", "mark-closed", "control-line")
# The marks that one plot or list shows together.
TOGETHER = (
    ("mark-met", "mark-missed"),
    ("mark-missed", "mark-near"),
    ("mark-open", "mark-closed"),
)
# Viénot, Brettel and Mollon (1999): linear RGB as somebody without M cones sees it.
DEUTERANOPIA = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))
GREY = ((0.2126, 0.7152, 0.0722),) * 3
Linear = tuple[float, float, float]


def tokens(theme):
    """The colours of a theme by name, as linear RGB."""
    text = (CSS / "tokens.css").read_text()
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{(.*?)\n\}}', text, re.DOTALL)
    assert block
    colours = re.findall(r"--([\w-]+): #([0-9a-f]{6});", block[1])
    return {name: linear(value) for name, value in colours}


def linear(value: str) -> Linear:
    parts = [int(value[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def seen(colour: Linear, matrix) -> Linear:
    red, green, blue = (
        min(max(sum(a * b for a, b in zip(row, colour, strict=True)), 0.0), 1.0) for row in matrix
    )
    return red, green, blue


def luminance(colour: Linear) -> float:
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), colour, strict=True))


def contrast(one: Linear, other: Linear) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_read_on_every_ground(theme):
    colours = tokens(theme)
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS] + list(TINTED)
    faint = {
        (text, ground): round(contrast(colours[text], colours[ground]), 2)
        for text, ground in pairs
        if contrast(colours[text], colours[ground]) < 4.5
    }
    assert faint == {}
    assert contrast(colours["on-accent"], colours["accent-solid"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent-solid-over"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_marks_are_seen_on_every_ground(theme):
    colours = tokens(theme)
    faint = {
        (mark, ground): round(contrast(colours[mark], colours[ground]), 2)
        for mark in MARKS
        for ground in GROUNDS
        if contrast(colours[mark], colours[ground]) < 3
    }
    assert faint == {}


@pytest.mark.parametrize("theme", THEMES)
def test_marks_shown_together_differ_without_red_and_green(theme):
    """Either in lightness, or in what deuteranopia leaves of the hue: blue against yellow."""
    colours = tokens(theme)
    for one, other in TOGETHER:
        first, second = (seen(colours[name], DEUTERANOPIA) for name in (one, other))
        hue = abs((first[2] - first[0]) - (second[2] - second[0]))
        assert contrast(first, second) >= 1.5 or hue >= 0.15, (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_met_and_missed_differ_in_grey(theme):
    colours = tokens(theme)
    met, missed = (seen(colours[name], GREY) for name in ("mark-met", "mark-missed"))
    assert contrast(met, missed) >= 1.3


def test_shapes_tell_severities_apart_in_grey():
    from caretrack.web.shared.templatetags.care import SIGNS

    assert len(set(SIGNS.values())) == len(SIGNS)


def test_states_tell_each_other_apart_by_their_words():
    from cases.choices import CaseState

    labels = [str(state.label) for state in CaseState]
    assert all(one != other for one, other in combinations(labels, 2))


def test_a_place_without_elements_is_found_by_them():
    """`:empty` never matches a formatted template, because a line break is content."""
    wrong = [path.name for path in sorted(CSS.glob("*.css")) if ":empty" in path.read_text()]
    assert wrong == []


def test_sizes_of_text_are_of_the_scale():
    """A size is a name of tokens.css, or relative to its surroundings."""
    allowed = re.compile(r"var\(--text-[\w-]+\)|inherit|0\.(?:9|85)em")
    strange = [
        f"{file.name}: {size}"
        for file in CSS.glob("*.css")
        if file.name not in ("tokens.css", "print.css")
        for size in re.findall(r"font-size: ([^;]+);", file.read_text())
        if not allowed.fullmatch(size)
    ]
    assert strange == []


def sprite_names() -> set[str]:
    text = (ROOT / "bin" / "launch" / "icons.py").read_text()
    names = re.search(r"ICONS = \((.*?)\)", text, re.DOTALL)
    assert names
    return set(re.findall(r'"([\w-]+)"', names[1]))


def test_the_sprite_holds_the_icons_that_templates_draw_and_no_others():
    drawn = {
        name
        for file in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:{% icon |drawing=)"([\w-]+)"', file.read_text())
    }
    assert drawn == sprite_names()
    sprite = (ROOT / "static" / "vendor" / "icons.svg").read_text()
    assert set(re.findall(r'<symbol id="([\w-]+)"', sprite)) == drawn
    assert "http" not in sprite.replace("http://www.w3.org/2000/svg", "")


def test_no_icon_stands_without_a_word():
    """An icon is hidden from screen readers, so what holds it has text of its own."""
    lonely = [
        f"{file.relative_to(TEMPLATES)}: {match[0]}"
        for file in TEMPLATES.rglob("*.html")
        for match in re.finditer(r'>\s*{% icon "[\w-]+" %}\s*</', file.read_text())
    ]
    assert lonely == []


@pytest.mark.django_db
def test_pages_preload_the_typeface_once(client):
    page = client.get("/accounts/login/").content.decode()
    assert re.findall(r'rel="preload"\s+href="([^"]+)"', page) == ["/static/vendor/inter.woff2"]
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "font-src 'self'" in policy


def test_the_heading_of_now_stands_above_the_tabs_as_on_every_page_of_insight():
    for name in ("wall", "open", "attainment", "flow", "workload", "exports"):
        page = (TEMPLATES / "managers" / f"{name}.html").read_text()
        assert page.index("<h1") < page.index("managers/_nav.html"), name


def test_the_alerts_that_were_sent_stand_below_the_clocks():
    page = (TEMPLATES / "console" / "case.html").read_text()
    clocks, link = page.index('data-live="clocks"'), page.index(">SLA alerts sent</a>")
    assert clocks < link < page.index("What you can do")


SPACE = re.compile(r"(?:^|[\s;{])(?:margin|padding|gap|row-gap|column-gap)[a-z-]*:\s*([^;}]+)[;}]")
# Nothing, lines of one pixel, what centres, and the room beside an icon in a line of text.
OFF_SCALE = {"0", "auto", "1px", "-1px", "0.1em", "-0.1em", "0.4em"}


def test_every_distance_is_of_the_scale():
    """Margins, paddings and gaps are names of tokens.css, or computed from them."""
    strange = []
    for file in sorted(CSS.glob("*.css")):
        if file.name in ("tokens.css", "print.css"):  # paper is measured in points
            continue
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        for value in SPACE.findall(text):
            parts = re.findall(r"\w+\((?:[^()]|\([^()]*\))*\)|\S+", value)
            strange += [
                f"{file.name}: {value}"
                for part in parts
                if part not in OFF_SCALE and "var(--space-" not in part
            ]
    assert strange == []


VENDOR = ROOT / "static" / "vendor"


def characters(name: str) -> set[str]:
    return {chr(code) for code in TTFont(VENDOR / name).getBestCmap()}


def test_the_typeface_has_the_letters_of_european_names():
    """The file that every page fetches has Western Europe; the other has the rest, in the range
    that fonts.css says.
    """
    first, further = characters("inter.woff2"), characters("inter-extended.woff2")
    assert set("ABCXYZabcxyz0123456789 àâäæçéèêëîïñôöœßùûüÿ–—“”‘’…€") <= first
    letters = "āąčćďđēěęģğıİķļłŁńňőřşŞșśťțūůűżžźŽĳ" + "αβγΩ" + "бжщЯ" + "ạếữ"
    assert set(letters) <= further
    faces = (CSS / "fonts.css").read_text()
    ranges = re.findall(r"U\+([0-9A-F]+)-([0-9A-F]+)", faces)
    outside = [
        letter
        for letter in letters
        if letter not in first
        and not any(int(a, 16) <= ord(letter) <= int(b, 16) for a, b in ranges)
    ]
    assert outside == []


def test_japanese_falls_to_a_typeface_of_the_system():
    """Inter has no kana or kanji, so a list of the systems' typefaces follows it."""
    assert not set("あアン日本語。、") & (
        characters("inter.woff2") | characters("inter-extended.woff2")
    )
    stack = re.search(r"--tblr-font-sans-serif:([^;]+);", (CSS / "tokens.css").read_text())[1]
    names = [" ".join(name.split()).strip('"') for name in stack.split(",")]
    assert names[0] == "Inter"
    assert {"Noto Sans JP", "Hiragino Sans", "Yu Gothic UI", "Meiryo"} <= set(names)
    assert names[-1] == "sans-serif"


def test_digits_are_equally_wide():
    """Inter has tabular figures, and the pages ask for them."""
    for name in ("inter.woff2", "inter-extended.woff2"):
        font = TTFont(VENDOR / name)
        features = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        assert "tnum" in features, name
    assert "font-variant-numeric: tabular-nums" in (CSS / "base.css").read_text()


def test_the_typeface_is_fetched_once_a_year_from_our_own_address(tmp_path, settings):
    """Its name holds a digest of its content, so it may be stored for ever."""
    name = "vendor/inter.0123456789ab.woff2"
    (tmp_path / "vendor").mkdir()
    (tmp_path / name).write_bytes((VENDOR / "inter.woff2").read_bytes())
    manifest = {"version": "1.1", "hash": "", "paths": {"vendor/inter.woff2": name}}
    (tmp_path / "staticfiles.json").write_text(json.dumps(manifest))
    backend = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    answer = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))(
        RequestFactory().get(f"/static/{name}")
    )
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert "max-age=315360000" in answer["Cache-Control"]
    assert answer["Content-Type"] == "font/woff2"
