"""What the scripts in bin/ hand to the product, in any setup of the shell."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _launch(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "launch"]:
        del sys.modules[name]


def test_variables_for_other_databases_and_projects_do_not_steer_ours(tmp_path, monkeypatch):
    from launch.data import DataFolder
    from launch.servers import Servers

    for name in ("PGPORT", "PGSERVICE", "PGOPTIONS", "DJANGO_SETTINGS_MODULE", "DJANGO_ENV"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    environ = Servers(DataFolder(tmp_path), {}).environ("test")
    assert not [name for name in environ if name.startswith("PG")]
    assert environ["DJANGO_SETTINGS_MODULE"] == "caretrack.settings"
    assert "DJANGO_ENV" not in environ
    assert environ["TZ"] == "Asia/Kolkata"


def test_a_prepared_database_is_named_by_everything_that_makes_it(tmp_path, monkeypatch):
    from launch import prepared

    assert prepared.digest() == prepared.digest()
    monkeypatch.setattr(prepared, "ROOT", tmp_path)
    monkeypatch.setattr(prepared, "REQUIREMENTS", tmp_path)
    made_of = ("base.txt", "trial.txt", "cases/migrations/0001_initial.py", "sla/rights.py")
    for name in (*made_of, "cases/saved_views.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one")
    for name in made_of:
        first = prepared.digest()
        (tmp_path / name).write_text("two")
        assert prepared.digest() != first, name
    first = prepared.digest()
    (tmp_path / "cases/saved_views.py").write_text("a page makes no other database")
    assert prepared.digest() == first


def test_the_tour_keeps_the_pictures_that_documents_show_and_no_others(tmp_path, monkeypatch):
    from launch.commands import shots

    monkeypatch.setattr(shots, "ROOT", tmp_path)
    shown, taken = tmp_path / "docs" / "shots", tmp_path / "taken"
    shown.mkdir(parents=True)
    taken.mkdir()
    (tmp_path / "README.md").write_text("![The queue](docs/shots/queue-light-1440.png)")
    (tmp_path / "docs" / "tour.md").write_text("![A case](shots/case-dark-390.png)")
    for name in ("queue-light-1440.png", "case-dark-390.png", "case-light-1440.png"):
        (taken / name).write_text("new")
    (shown / "queue-light-1440.png").write_text("old")
    (shown / "nobody-shows-it.png").write_text("old")
    shots._renew(taken)
    assert sorted(file.name for file in shown.iterdir()) == [
        "case-dark-390.png",
        "queue-light-1440.png",
    ]
    assert {file.read_text() for file in shown.iterdir()} == {"new"}


def test_a_second_start_prepares_nothing_until_the_product_changes(tmp_path, monkeypatch):
    from launch import up_to_date
    from launch.data import DataFolder

    monkeypatch.setattr(up_to_date, "ROOT", tmp_path)
    monkeypatch.setattr(up_to_date, "REQUIREMENTS", tmp_path / "requirements")
    action = tmp_path / "cases" / "sql" / "gate.sql"
    action.parent.mkdir(parents=True)
    (tmp_path / "cases" / "__init__.py").touch()
    action.write_text("one")
    data = DataFolder(tmp_path / "data")
    (data / "postgres").mkdir(parents=True)
    digest = up_to_date.digest(demo=True)
    assert up_to_date.read(data, digest) is None
    up_to_date.write(data, digest, "kim@care.example")
    assert up_to_date.read(data, up_to_date.digest(demo=True)) == "kim@care.example"
    assert up_to_date.read(data, up_to_date.digest(demo=False)) is None
    action.write_text("two")
    assert up_to_date.read(data, up_to_date.digest(demo=True)) is None
