"""The editor of the training (§1): lessons and questions of a draft, published as an immutable
version.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.translation_fields import (
    TranslationFields,
    initial_translations,
    translation_of,
)
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.text_fields import AuthorTextField
from contacts import actions
from contacts.models import Certificate, Course, CourseVersion, Lesson, Question
from core.errors import Refused

CONTROL = {"class": "form-control"}
OPTIONS = 8


class SettingsForm(TranslationFields, forms.Form):
    """The settings of a draft."""

    TRANSLATED = ("name", "summary")

    name = forms.CharField(
        label="Name of the course", max_length=120, widget=forms.TextInput(attrs=CONTROL)
    )
    summary = forms.CharField(
        label="What it is about",
        required=False,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 2}),
    )
    pass_percent = forms.IntegerField(
        label="Pass mark, in percent",
        min_value=1,
        max_value=100,
        widget=forms.NumberInput(attrs=CONTROL),
    )
    renew_by = forms.DateField(
        label="Contacts renew by",
        required=False,
        widget=forms.DateInput(attrs={**CONTROL, "type": "date"}, format="%Y-%m-%d"),
        help_text=(
            "Empty: earlier certificates remain valid. Until that date nobody's access changes."
        ),
    )


class LessonForm(TranslationFields, forms.Form):
    TRANSLATED = ("title", "body")

    title = forms.CharField(max_length=150, widget=forms.TextInput(attrs=CONTROL))
    position = forms.IntegerField(
        label="Position", min_value=1, widget=forms.NumberInput(attrs=CONTROL)
    )
    body = AuthorTextField(
        label="Lesson",
        widget=forms.Textarea(attrs={**CONTROL, "rows": 18}),
        help_text="Markdown; tables work.",
    )


class QuestionForm(TranslationFields, forms.Form):
    """A question with up to eight options. Ticked options are right."""

    TRANSLATED = ("text", "why")

    text = forms.CharField(label="Question", widget=forms.Textarea(attrs={**CONTROL, "rows": 2}))
    lesson = forms.ModelChoiceField(
        Lesson.objects.none(),
        label="Lesson that has the answer",
        required=False,
        empty_label="None: it is about the whole course",
        widget=forms.Select(attrs={"class": "form-select"}),
        help_text="A wrong answer leads back to it.",
    )
    why = forms.CharField(
        label="Explanation",
        required=False,
        widget=forms.Textarea(attrs={**CONTROL, "rows": 2}),
        help_text="Shown once the quiz is passed.",
    )

    def __init__(self, *args: Any, version: CourseVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lesson"].queryset = version.lessons.all()  # type: ignore[attr-defined]
        for index in range(OPTIONS):
            self.fields[f"option_{index}"] = forms.CharField(
                label=f"Option {index + 1}",
                max_length=300,
                required=False,
                widget=forms.TextInput(attrs=CONTROL),
            )
            self.fields[f"option_{index}_ja"] = translation_of(
                "", self.fields[f"option_{index}"], "ja"
            )
            self.fields[f"right_{index}"] = forms.BooleanField(
                label=f"Option {index + 1} is right", required=False
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [
            (self[f"option_{index}"], self[f"right_{index}"], self[f"option_{index}_ja"])
            for index in range(OPTIONS)
        ]

    def question_fields(self) -> dict[str, Any]:
        """Question, options and the positions of the right ones, without empty lines."""
        filled = [index for index in range(OPTIONS) if self.cleaned_data[f"option_{index}"].strip()]
        return {
            "text": self.cleaned_data["text"],
            "why": self.cleaned_data["why"],
            "lesson": self.cleaned_data["lesson"],
            "options": [self.cleaned_data[f"option_{index}"] for index in filled],
            "right": [
                new for new, index in enumerate(filled) if self.cleaned_data[f"right_{index}"]
            ],
            "translations": self._translations(filled),
        }

    def _translations(self, filled: list[int]) -> dict[str, dict[str, Any]]:
        options = [self.cleaned_data[f"option_{index}_ja"].strip() for index in filled]
        texts = self.translations()["ja"]
        return {"ja": {**texts, "options": options if any(options) else []}}


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every course with its versions."""
    courses = Course.objects.prefetch_related("versions")
    return render(request, "console/courses.html", {"courses": courses})


@care_only
@require_safe
def version(request: HttpRequest, version: int) -> HttpResponse:
    """A published version, or the editor of a draft."""
    return _page(request, _version(version))


@administrators_only
@post_only
def draft(request: HttpRequest, version: int) -> HttpResponse:
    """Begin the next version with the course's current content."""
    new_version = actions.begin_draft(_version(version).course, by=signed_in(request))
    return redirect("console:course_version", new_version.pk)


@administrators_only
@post_only
def settings(request: HttpRequest, version: int) -> HttpResponse:
    """Set name, summary, pass mark and date of a draft."""
    course_version, form = _version(version), SettingsForm(request.POST)
    if form.is_valid():
        try:
            actions.change_course(course_version, by=signed_in(request), **form.values())
        except (Refused, ValidationError) as error:
            form.add_error(None, error.reason if isinstance(error, Refused) else error)
        else:
            messages.success(request, "Kept.")
            return redirect("console:course_version", version)
    return _page(request, course_version, form)


@administrators_only
@post_only
def publication(request: HttpRequest, version: int) -> HttpResponse:
    """Publish a draft: it becomes the current training."""
    course_version = _version(version)
    try:
        actions.publish_course(course_version, by=signed_in(request))
    except Refused as refused:
        messages.error(request, refused.reason)
    else:
        messages.success(request, f"Version {course_version.number} is now the current version.")
    return redirect("console:course_version", version)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: HttpRequest, version: int, lesson: int | None = None) -> HttpResponse:
    """Edit a lesson of a draft, with a preview."""
    course_version = _version(version)
    one = get_object_or_404(Lesson, pk=lesson, version=course_version) if lesson else None
    initial = (
        {
            "title": one.title,
            "body": one.body,
            "position": one.position,
            **initial_translations(one.translations),
        }
        if one
        else {"position": course_version.lessons.count() + 1}
    )
    form = LessonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        try:
            actions.write_lesson(course_version, by=signed_in(request), lesson=one, **form.values())
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "Kept.")
            return redirect("console:course_version", version)
    shown = str(form["body"].value() or "")
    context = {"version": course_version, "lesson": one, "form": form, "shown": shown}
    return render(
        request, "console/course_lesson.html", context, status=422 if form.errors else 200
    )


@administrators_only
@post_only
def lesson_removal(request: HttpRequest, version: int, lesson: int) -> HttpResponse:
    """Delete a lesson of a draft."""
    actions.remove_lesson(
        get_object_or_404(Lesson, pk=lesson, version_id=version), by=signed_in(request)
    )
    return redirect("console:course_version", version)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, version: int, question: int | None = None) -> HttpResponse:
    """Edit a question of a draft's quiz."""
    course_version = _version(version)
    one = get_object_or_404(Question, pk=question, version=course_version) if question else None
    initial: dict[str, Any] = {}
    if one:
        initial = {"text": one.text, "why": one.why, "lesson": one.lesson_id}
        initial |= {f"option_{index}": words for index, words in enumerate(one.options)}
        initial |= {f"right_{index}": True for index in one.right}
        initial |= initial_translations(one.translations)
        translated = one.translations.get("ja", {}).get("options", [])
        initial |= {f"option_{index}_ja": words for index, words in enumerate(translated)}
    form = QuestionForm(request.POST or None, initial=initial, version=course_version)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_question(
                course_version, by=signed_in(request), question=one, **form.question_fields()
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "Kept.")
            return redirect("console:course_version", version)
    context = {"version": course_version, "question": one, "form": form}
    return render(
        request, "console/course_question.html", context, status=422 if form.errors else 200
    )


@administrators_only
@post_only
def question_removal(request: HttpRequest, version: int, question: int) -> HttpResponse:
    """Delete a question of a draft's quiz."""
    actions.remove_question(
        get_object_or_404(Question, pk=question, version_id=version), by=signed_in(request)
    )
    return redirect("console:course_version", version)


def _version(key: int) -> CourseVersion:
    return get_object_or_404(CourseVersion.objects.select_related("course"), pk=key)


def _page(
    request: HttpRequest, course_version: CourseVersion, form: SettingsForm | None = None
) -> HttpResponse:
    if form is None and not course_version.is_published:
        form = SettingsForm(
            initial={
                "name": course_version.course.name,
                "summary": course_version.summary,
                "pass_percent": course_version.pass_percent,
                "renew_by": course_version.renew_by,
                **initial_translations(course_version.course.translations),
                **initial_translations(course_version.translations),
            }
        )
    context = {
        "version": course_version,
        "form": form,
        "lessons": course_version.lessons.all(),
        "questions": course_version.questions.select_related("lesson"),
        "holders": Certificate.objects.filter(version=course_version).count(),
        "may_write": signed_in(request).is_manager,
    }
    return render(
        request, "console/course.html", context, status=422 if form and form.errors else 200
    )
