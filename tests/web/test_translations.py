"""Authors write translations beside their texts (§3): readers see them in their language, the
original without one, and a published version never changes in any language.
"""

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from cases import actions as case_actions
from cases.knowledge import areas, articles, import_files
from cases.known_areas import area_label
from cases.models import Area, Article, ArticleVersion, Case
from contacts import actions, course_files
from contacts.models import Course, Lesson, Offering, Question
from core.errors import Refused
from core.translations import localized
from tests import cast
from tests.pages import holds

NOTE = "この文章は、執筆者が書いたとおり英語で表示しています"


@pytest.fixture
def ben(ben):
    ben.language = "ja"
    ben.save()
    return ben


@pytest.fixture
def as_maya(client, maya):
    client.force_login(maya)
    return client


@pytest.fixture
def draft(maya):
    return actions.begin_draft(Course.objects.get(), by=maya)


# --- Areas


def test_a_manager_writes_an_area_in_japanese_and_a_japanese_contact_reads_it(client, maya, ben):
    client.force_login(maya)
    area = Area.objects.create(key="fax", name="Fax", responsibility="ours", why="Ours.")
    form = {"name": "Fax", "responsibility": "ours", "why": "Ours.", "position": 3, "is_active": 1}
    page = client.get("/console/areas/fax/")
    assert holds(page.content, 'name="name_ja"')
    saved = client.post(
        "/console/areas/fax/", form | {"name_ja": "ファクス", "why_ja": "**弊社**の担当です。"}
    )
    assert saved.status_code == 302
    area.refresh_from_db()
    assert area.translations == {"ja": {"name": "ファクス", "why": "**弊社**の担当です。"}}
    client.force_login(ben)
    page = client.get("/portal/entitlements/").content.decode()
    assert "ファクス" in page
    assert "<strong>弊社</strong>の担当です。" in page
    assert "Fax" not in page


def test_a_case_stores_the_name_and_each_reader_sees_their_own(client, ben, kim, maya):
    case = cast.file(ben)
    Case.objects.filter(pk=case.pk).update(area="Voice")
    client.force_login(ben)
    for address in (
        "/portal/cases/?state=all",
        f"/portal/cases/{case.code}/",
        f"/portal/cases/{case.code}/print/",
        "/portal/cases/new/",
    ):
        page = client.get(address).content.decode()
        assert (address, "音声通話" in page, ">Voice<" in page) == (address, True, False)
    client.force_login(kim)
    assert "Voice" in client.get(f"/console/cases/{case.code}/").content.decode()


def test_the_list_is_filtered_by_the_stored_name(client, ben):
    case = cast.file(ben, title="音が切れる")
    Case.objects.filter(pk=case.pk).update(area="Voice")
    cast.file(ben, title="別の件")
    client.force_login(ben)
    page = client.get("/portal/cases/?state=all&area=Voice").content.decode()
    assert ("音が切れる" in page, "別の件" in page) == (True, False)


def test_a_new_name_is_shown_at_once(maya, django_capture_on_commit_callbacks):
    area = Area.objects.get(key="voice")
    with translation.override("ja"):
        assert area_label("Voice") == "音声通話"
        with django_capture_on_commit_callbacks(execute=True):
            areas.save(area, by=maya, translations={"ja": {"name": "音声", "why": " "}})
        assert area_label("Voice") == "音声"
    assert area_label("Voice") == "Voice"


def test_a_correction_of_the_area_is_told_in_the_readers_language(client, ben, kim):
    case = cast.file(ben)
    Case.objects.filter(pk=case.pk).update(area="Voice")
    case.refresh_from_db()
    case_actions.correct_details(case, by=kim, area="Reports", text="レポートの件です。")
    client.force_login(ben)
    page = client.get(f"/portal/cases/{case.code}/").content.decode()
    assert "「音声通話」から「レポート」へ" in page


# --- Articles


def publish(maya, **translations):
    article = Article.objects.create(slug="fax")
    articles.save_draft(
        article,
        by=maya,
        title="Fax",
        summary="About fax.",
        body="Send it.",
        translations=translations,
    )
    return articles.publish(article, by=maya)


def test_a_japanese_reader_finds_and_reads_the_translation(client, ben, maya):
    publish(
        maya, ja={"title": "ファクス", "summary": "送信の方法。", "body": "**送信**してください。"}
    )
    client.force_login(ben)
    assert "送信の方法。" in client.get("/help/?q=ファクス").content.decode()
    page = client.get("/help/fax/").content.decode()
    assert ("<strong>送信</strong>してください。" in page, NOTE in page) == (True, False)


def test_words_of_the_body_find_a_translation(db):
    with translation.override("ja"):
        hit = articles.find("側音")[0]
    assert (hit.slug, hit.title, hit.snippet) == (
        "echo-and-choppy-sound",
        "エコー、遅延、音切れ",
        "",
    )
    assert articles.find("側音")[0].title == "Echo, delay and choppy sound"


def test_without_a_translation_the_original_is_marked(client, ben, maya):
    publish(maya)
    client.force_login(ben)
    page = client.get("/help/fax/").content.decode()
    assert ("Send it." in page, NOTE in page) == (True, True)


def test_a_translation_has_every_part_or_none(maya):
    with pytest.raises(Refused, match="A translation needs a title"):
        publish(maya, ja={"title": "ファクス", "summary": "", "body": ""})


def test_a_translation_of_a_published_article_never_changes_and_makes_a_new_version(maya):
    ja = {"title": "ファクス", "summary": "送信の方法。", "body": "送信してください。"}
    version = publish(maya, ja=ja)
    with (
        pytest.raises(DatabaseError, match=r"never_changed|permission denied"),
        transaction.atomic(),
    ):
        ArticleVersion.objects.filter(pk=version.pk).update(translations={})
    texts = {part: getattr(version, part) for part in articles.PARTS}
    articles.save_draft(version.article, by=maya, translations={"ja": ja}, **texts)
    with pytest.raises(Refused, match="Nothing has changed"):
        articles.publish(version.article, by=maya)
    articles.save_draft(
        version.article, by=maya, translations={"ja": {**ja, "title": "FAX"}}, **texts
    )
    assert articles.publish(version.article, by=maya).number == 2


def test_the_editor_of_an_article_keeps_its_translation(as_maya):
    page = as_maya.get("/console/articles/calls-drop/").content.decode()
    assert "通話がしばらくすると切れる" in page
    article = Article.objects.get(slug="calls-drop")
    form = {part: getattr(article.current, part) for part in articles.PARTS}
    form |= {f"{part}_ja": text for part, text in article.current.translations["ja"].items()}
    preview = form | {"body_ja": "**新しい**本文。", "preview": "1"}
    page = as_maya.post("/console/articles/calls-drop/", preview).content.decode()
    assert "<strong>新しい</strong>本文。" in page
    as_maya.post("/console/articles/calls-drop/", form | {"title_ja": "切れる", "publish": "1"})
    article.refresh_from_db()
    assert (article.current.number, article.current.translations["ja"]["title"]) == (2, "切れる")
    difference = as_maya.get("/console/articles/calls-drop/versions/2/").content.decode()
    assert "切れる" in difference


# --- The course


def test_the_editor_of_the_course_keeps_translations_and_the_next_version_has_them(as_maya, draft):
    assert localized(draft.questions.first(), "options", "ja")[1] == "有効な指定連絡担当者のみ"
    lesson = draft.lessons.first()
    address = f"/console/courses/{draft.pk}/lessons/{lesson.pk}/"
    assert "指定連絡担当者とは" in as_maya.get(address).content.decode()
    form = {"title": lesson.title, "body": lesson.body, "position": 1}
    as_maya.post(address, form | {"title_ja": "役割", "body_ja": "本文。"})
    lesson.refresh_from_db()
    assert lesson.translations == {"ja": {"title": "役割", "body": "本文。"}}
    question = draft.questions.first()
    address = f"/console/courses/{draft.pk}/questions/{question.pk}/"
    page = as_maya.get(address).content.decode()
    assert "有効な指定連絡担当者のみ" in page
    form = {
        "text": "Who?",
        "option_0": "A",
        "option_1": "B",
        "right_1": "on",
        "text_ja": "誰ですか。",
    }
    as_maya.post(address, form | {"option_0_ja": "甲", "option_1_ja": "乙"})
    question.refresh_from_db()
    assert question.translations == {"ja": {"text": "誰ですか。", "options": ["甲", "乙"]}}
    refused = as_maya.post(address, form | {"option_0_ja": "甲"})
    assert refused.status_code == 422
    assert "Translate every part, or none" in as_maya.post(address, form).content.decode()


def test_name_and_summary_of_the_course_have_a_japanese_field(as_maya, draft):
    form = {
        "name": "Roles",
        "summary": "S.",
        "pass_percent": 80,
        "name_ja": "役割",
        "summary_ja": "要約。",
    }
    as_maya.post(f"/console/courses/{draft.pk}/settings/", form)
    draft.refresh_from_db()
    assert (draft.translations, draft.course.translations) == (
        {"ja": {"summary": "要約。"}},
        {"ja": {"name": "役割"}},
    )


@pytest.mark.parametrize("model", [Lesson, Question])
def test_a_published_course_never_changes_in_any_language(db, model):
    row = model.objects.filter(version__published_at__isnull=False).first()
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        model.objects.filter(pk=row.pk).update(translations={})


def test_a_course_in_another_language_has_the_same_lessons_and_questions(tmp_path, db):
    (tmp_path / "1.md").write_text("# One\nText.")
    (tmp_path / "course.toml").write_text(
        'key = "k"\nname = "K"\npass_percent = 80\n'
        '[[questions]]\ntext = "Q?"\noptions = ["A", "B"]\nright = [0]\n'
    )
    other = tmp_path / "ja"
    other.mkdir()
    (other / "course.toml").write_text(
        'name = "課"\n[[questions]]\ntext = "問"\noptions = ["甲"]\n'
    )
    with pytest.raises(course_files.BadCourse, match="each with the same options"):
        course_files.load(tmp_path)
    (other / "course.toml").write_text(
        'name = "課"\n[[questions]]\ntext = "問"\noptions = ["甲", "乙"]\n'
    )
    with pytest.raises(course_files.BadCourse, match="the same lessons"):
        course_files.load(tmp_path)
    (other / "1.md").write_text("# 一\n本文。")
    version, _is_new = course_files.load(tmp_path)
    assert localized(version.lessons.get(), "title", "ja") == "一"


# --- Offerings, and everything that is shipped


def test_an_offering_has_a_japanese_name(as_maya, client, ben):
    offering = Offering.objects.get(key="phone-japan")
    page = as_maya.get(f"/console/offerings/{offering.pk}/").content.decode()
    assert "電話サポート（日本）" in page
    form = {"name": offering.name, "channel": "phone", "region": "JP", "severities": [1]}
    form |= {"products": ", ".join(offering.products), "phone_number": "1", "position": 5}
    as_maya.post(f"/console/offerings/{offering.pk}/", form | {"name_ja": "お電話"})
    client.force_login(ben)
    assert "お電話" in client.get("/portal/entitlements/").content.decode()


def test_everything_that_is_shipped_is_in_japanese(db):
    rows = {
        Area: ("name", "why"),
        ArticleVersion: articles.PARTS,
        Lesson: ("title", "body"),
        Question: ("text", "options", "why"),
        Offering: ("name",),
        Course: ("name",),
    }
    missing = [
        (str(row), part)
        for model, parts in rows.items()
        for row in model.objects.all()
        for part in parts
        if not row.translations.get("ja", {}).get(part)
    ]
    assert missing == []


def test_a_newer_shipped_translation_is_published_as_a_new_version(tmp_path, db):
    folder = tmp_path / "articles" / "ja"
    folder.mkdir(parents=True)
    (tmp_path / "areas.toml").write_text("")
    text = "title: T\nsummary: S\narea: voice\n\nBody."
    (tmp_path / "articles" / "fax.md").write_text(text)
    import_files.load(tmp_path)
    (folder / "fax.md").write_text("title: 題\nsummary: 要約\narea: voice\n\n本文。")
    import_files.load(tmp_path)
    article = Article.objects.get(slug="fax")
    assert (article.current.number, article.current.translations["ja"]["title"]) == (2, "題")
